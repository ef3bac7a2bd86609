using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Emails;

// The words about the life of a credential.
public sealed partial class EmailComposer
{
    private const int CallersListed = 3;

    private async Task<(string, EmailText)?> CredentialEndsAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();

        // Revoked, over, or given more time meanwhile: nothing to warn of.
        if (await CredentialOfAsync(email, cancellationToken) is not { IsActive: true, EndsAt: { } end } credential
            || end <= now
            || CredentialEmails.EndOf(credential) != email.Details)
        {
            return null;
        }

        var successor = end == credential.ExpiresAt || credential.ReplacedBy is not { } successorId ? null
            : await db.Credentials.IgnoreQueryFilters(Filter).AsNoTracking()
                .SingleOrDefaultAsync(other => other.Id == successorId, cancellationToken);
        var subject = $"{credential.KindName} “{credential.Name}” ends {Moment.Relative(end, now)}";
        return (subject, new EmailText()
            .Heading(subject)
            .Say($"From {Moment.Exact(end)} on every call with it is refused"
                + (successor is null ? "." : $": “{successor.Name}” takes its place."))
            .Facts(
            [
                Named(credential),
                ("Ends", Moment.Exact(end)),
                .. await OwnerAsync(credential, cancellationToken),
                .. await UseAsync(credential, now, cancellationToken),
            ])
            .Say("What to do:")
            .Steps(StepsBefore(credential, successor))
            .Link(
                successor is null ? "Look at it and rotate it" : "Look at who still uses it",
                LinkTo(organization, credential)));
    }

    private async Task<(string, EmailText)?> CredentialRevokedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        // Brought back meanwhile: there is nothing to tell.
        if (await CredentialOfAsync(email, cancellationToken) is not { RevokedAt: { } revoked } credential)
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == credential.RevokedBy, cancellationToken);
        var hasLeaked = await db.Alerts.IgnoreQueryFilters(Filter)
            .AnyAsync(alert => alert.CredentialId == credential.Id, cancellationToken);
        var undoable = credential.UndoableUntil(organization.UndoWindow, hasLeaked);
        var subject = $"{credential.KindName} “{credential.Name}” was revoked";
        return (subject, new EmailText()
            .Heading(subject)
            .Say("It opens nothing any more: every call with it is refused.")
            .Facts(
            [
                Named(credential),
                .. await OwnerAsync(credential, cancellationToken),
                ("Revoked", Moment.Exact(revoked)),
                ("By", by?.DisplayName ?? "the Safety Center"),
                ("Because", Because(credential.RevokedBecause)),
                ("Last used", credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"),
            ])
            .Say(undoable is { } until && until > time.GetUtcNow()
                ? $"If this is a mistake, it can be brought back until {Moment.Exact(until)}: the same secret then works again."
                : "If something still needs it, make a new one and give it to that service.")
            .Link("Look at it", LinkTo(organization, credential)));
    }

    private async Task<(string, EmailText)?> CredentialMadeAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await CredentialOfAsync(email, cancellationToken) is not OwnedCredential credential)
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == credential.CreatedBy, cancellationToken);
        var subject = $"{credential.KindName} “{credential.Name}” was made";
        return (subject, new EmailText()
            .Heading(subject)
            .Say("It acts for a service account that has this address.")
            .Facts(
            [
                Named(credential),
                .. await OwnerAsync(credential, cancellationToken),
                ("Made", Moment.Exact(credential.CreatedAt)),
                ("By", by?.DisplayName ?? "the operator"),
                ("Scopes", credential.Scopes.Length == 0 ? "everything the account may" : string.Join(", ", credential.Scopes)),
                ("Ends", credential.EndsAt is { } end ? Moment.Exact(end) : "never"),
            ])
            .Say("If nobody was to make it, revoke it.")
            .Link("Look at it", LinkTo(organization, credential)));
    }

    private async Task<Credential?> CredentialOfAsync(Email email, CancellationToken cancellationToken)
    {
        var id = new Id<Credential>(email.SubjectId);
        return await db.Credentials.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(credential => credential.Id == id, cancellationToken);
    }

    private async Task<IEnumerable<(string, string)>> OwnerAsync(Credential credential, CancellationToken cancellationToken)
    {
        if (credential is not OwnedCredential { OwnerId: var ownerId })
        {
            return [];
        }

        var owner = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleAsync(user => user.Id == ownerId, cancellationToken);
        return [(owner.IsServiceAccount ? "Service account" : "Owner", owner.DisplayName)];
    }

    private async Task<IEnumerable<(string, string)>> UseAsync(
        Credential credential, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - BlastRadius.RecentDays);
        var callers = await db.Usage.IgnoreQueryFilters(Filter).AsNoTracking()
            .Where(use => use.CredentialId == credential.Id && use.Day >= since)
            .GroupBy(use => new { use.Service, use.Client })
            .Select(caller => new { caller.Key.Service, caller.Key.Client, Calls = caller.Sum(use => use.Calls) })
            .OrderByDescending(caller => caller.Calls)
            .ToListAsync(cancellationToken);
        var perDay = (callers.Sum(caller => caller.Calls) + BlastRadius.RecentDays - 1) / BlastRadius.RecentDays;
        var facts = new List<(string, string)>
        {
            ("Last used", credential.LastUsedAt is { } used
                ? $"{Moment.Exact(used)}, from {credential.LastUsedAddress ?? "an unknown address"}"
                : "never"),
            ("Calls a day", perDay.ToString("N0", CultureInfo.InvariantCulture)),
        };
        facts.AddRange(callers.Take(CallersListed).Select(caller => ("Used by", caller switch
        {
            { Service.Length: > 0 } => caller.Service,
            { Client.Length: > 0 } => caller.Client,
            _ => "somebody who does not say what it is",
        })));
        if (callers.Count > CallersListed)
        {
            facts.Add(("And", $"{callers.Count - CallersListed} more"));
        }

        return facts;
    }

    private static IEnumerable<string> StepsBefore(Credential credential, Credential? successor)
    {
        const string rotate = "When it is still needed, rotate it: a new one is made, and both work until this one ends.";
        const string give = "Give the new one to whoever uses this one.";
        return successor is not null
            ?
            [
                $"See on its page who still uses it, and give them “{successor.Name}”.",
                "When they need more time, give it more time there.",
            ]
            : credential is AccessToken
                ? [rotate, give + " The end of a token cannot be moved."]
                : [rotate, give, "When nobody needs it, do nothing: it ends by itself."];
    }

    private static (string, string) Named(Credential credential) =>
        ("Key", $"{credential.Name} ({credential.KindName}, ends in {credential.Last4})");

    private static string Because(RevocationReason? reason) => reason switch
    {
        RevocationReason.Leaked => "it was seen where it must not be",
        RevocationReason.Unused => "nobody had used it for too long",
        RevocationReason.Expired => "its own end had come",
        RevocationReason.Rotated => "another one has taken its place",
        _ => "somebody decided so",
    };

    private string LinkTo(Organization organization, Credential credential) =>
        installation.LinkTo($"/o/{organization.Slug}/organization-settings/credentials/{credential.Id}");
}
