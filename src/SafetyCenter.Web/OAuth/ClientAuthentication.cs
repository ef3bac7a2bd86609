using System.Buffers.Text;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Web.OAuth;

/// <summary>A program that is what it says.</summary>
/// <param name="Client">The program; not tracked.</param>
/// <param name="Secret">What a confidential one proved that with; null for a public one.</param>
public sealed record ProvenClient(OAuthClient Client, Known? Secret);

/// <summary>
/// Finds out which program asks (RFC 6749, 2.3.1): a confidential one shows a secret, by HTTP Basic or in the body; a public
/// one only names itself, for what it shows would be a secret of everybody who has it. Its codes are proved by PKCE.
/// </summary>
public sealed class ClientAuthentication(
    SafetyCenterDb db, CredentialDirectory directory, UsageBuffer usage, TestRefusals refusals, TimeProvider time)
{
    private const string BasicPrefix = "Basic ";

    // The kind of a secret, as the table of credentials names it.
    private const string SecretKindName = "oauth_client_secret";

    private readonly record struct Claim(string? ClientId, string? Secret, bool IsBasic);

    /// <summary>Whether the request says at all which program it comes from.</summary>
    public static bool IsTried(HttpRequest request, OAuthForm form) =>
        form["client_id"] is not null || BasicOf(request) is not null;

    /// <summary>The program that asks. Its secret was used then.</summary>
    /// <exception cref="OAuthRefusedException">It is not known, or not proved; which of both is not told.</exception>
    public async Task<ProvenClient> AuthenticateAsync(
        HttpContext context, OAuthForm form, CancellationToken cancellationToken)
    {
        var (name, secret, isBasic) = ClaimOf(context.Request, form);

        // Both are looked up whatever the other says, so that time tells no more than the answer.
        var known = secret is null ? null : await directory.FindAsync(SecretHash.Of(secret), cancellationToken);
        var (id, appId) = (Id<OAuthClient>.Parse(name ?? "", null), known?.AppId ?? default);
        var found = await db.OAuthClients.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Where(client => client.Id == id && client.DeletedAt == null)
            .Select(client => new
            {
                Client = client,
                IsSecretOfIt = db.OAuthApps
                    .Any(app => app.Id == appId && app.ClientId == client.Id && app.DeletedAt == null),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is { Client.IsConfidential: false } && secret is null)
        {
            return new ProvenClient(found.Client, null);
        }

        if (found is not { Client.IsConfidential: true, IsSecretOfIt: true } || known is not { KindName: SecretKindName })
        {
            throw OAuthRefusedException.InvalidClient(isBasic);
        }

        if (known.VerdictAt(time.GetUtcNow()) is not Verdict.Active and var verdict)
        {
            refusals.Note(Authentication.Refused(verdict, known), context);
            throw OAuthRefusedException.InvalidClient(isBasic);
        }

        usage.Note(known.Id, context);
        return new ProvenClient(found.Client, known);
    }

    private static Claim ClaimOf(HttpRequest request, OAuthForm form)
    {
        var (id, secret) = (form["client_id"], form["client_secret"]);
        if (BasicOf(request) is not { } basic)
        {
            return new Claim(id, secret, IsBasic: false);
        }

        if (Read(basic) is not var (basicId, basicSecret))
        {
            throw OAuthRefusedException.InvalidClient(isBasic: true);
        }

        return secret is null && (id is null || id == basicId)
            ? new Claim(basicId, basicSecret.Length > 0 ? basicSecret : null, IsBasic: true)
            : throw OAuthRefusedException.InvalidRequest("The client authenticates in two ways; one is enough.");
    }

    // Other schemes are between the caller and whoever stands behind the gateway.
    private static string? BasicOf(HttpRequest request) => request.Headers.Authorization
        .OfType<string>()
        .Where(value => value.StartsWith(BasicPrefix, StringComparison.OrdinalIgnoreCase))
        .ToArray() switch
    {
        [] => null,
        [var only] => only[BasicPrefix.Length..].Trim(),
        _ => throw OAuthRefusedException.InvalidRequest("The header Authorization was sent twice."),
    };

    // Both parts are encoded as in a form, and then together as Base64.
    private static (string Id, string Secret)? Read(string basic)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(basic.Length) + 3];
        if (!Convert.TryFromBase64String(basic, decoded, out var length))
        {
            return null;
        }

        var both = decoded.AsSpan(0, length);
        return both.IndexOf((byte)':') is >= 0 and var colon
            && OAuthForm.Decode(both[..colon]) is { } id
            && OAuthForm.Decode(both[(colon + 1)..]) is { } secret
                ? (id, secret)
                : null;
    }
}
