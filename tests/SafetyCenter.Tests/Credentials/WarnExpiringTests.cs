using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Credentials;

/// <summary>People are told 14, 7 and 1 days before a credential of theirs ends.</summary>
[Collection(LifeStage.Name)]
public sealed class WarnExpiringTests(FindingsStage stage)
{
    [Fact]
    public async Task Each_number_of_days_is_told_once_at_its_instant()
    {
        var (_, organization) = await stage.FoundAsync();
        var key = await stage.IssueApplicationKeyUntilAsync(organization.Admin.Id, "ending", stage.Now.AddDays(20));
        await WarnAfterAsync(TimeSpan.FromDays(6) - Life.Tick);
        Assert.Empty(await WarningsAsync(key));
        foreach (var (days, told) in new[] { (14, 1), (7, 2), (1, 3) })
        {
            await WarnAfterAsync(Life.Tick);
            var warnings = await WarningsAsync(key);
            Assert.Equal(told, warnings.Count);
            Assert.EndsWith($":{days}", warnings[^1].EventKey, StringComparison.Ordinal);
            Assert.Equal(organization.Admin.Email, warnings[^1].Recipient);
            await WarnAfterAsync(TimeSpan.Zero);
            Assert.Equal(told, (await WarningsAsync(key)).Count);
            await WarnAfterAsync(TimeSpan.FromDays(days == 14 ? 7 : 6) - Life.Tick);
            Assert.Equal(told, (await WarningsAsync(key)).Count);
        }
    }

    [Fact]
    public async Task After_an_outage_only_the_nearest_is_told_and_after_the_end_nothing()
    {
        var (_, organization) = await stage.FoundAsync();
        var key = await stage.IssueApplicationKeyUntilAsync(organization.Admin.Id, "ending", stage.Now.AddDays(20));
        var gone = await stage.IssueApplicationKeyUntilAsync(organization.Admin.Id, "gone", stage.Now.AddDays(18));
        await WarnAfterAsync(TimeSpan.FromDays(18));
        Assert.EndsWith(":7", Assert.Single(await WarningsAsync(key)).EventKey, StringComparison.Ordinal);
        Assert.Empty(await WarningsAsync(gone));
        await WarnAfterAsync(TimeSpan.FromDays(1));
        Assert.Equal(2, (await WarningsAsync(key)).Count);
    }

    [Fact]
    public async Task It_goes_to_the_owner_or_the_account_or_the_maker_while_active_or_else_to_the_contacts()
    {
        var (admin, organization) = await stage.FoundAsync();
        var end = stage.Now.AddDays(10);
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var robot = await stage.AddServiceAccountAsync(organization, $"robot@{organization.Slug}.example");
        await stage.SetContactsAsync(
            organization, $"security@{organization.Slug}.example", $"second@{organization.Slug}.example");
        var of = new Dictionary<string, IssuedKey>
        {
            ["bob"] = await stage.IssueApplicationKeyUntilAsync(bob.Id, "key", end),
            ["robot"] = await stage.IssueTokenAsync(robot, "token", end, "api_keys_read"),
            ["ann"] = await stage.IssueEndingAsync(organization, "by ann", end, organization.Admin.Id),
            ["security second"] = await stage.IssueEndingAsync(organization, "by the operator", end),
            ["second security"] = await stage.IssueEndingAsync(organization, "by a robot", end, robot),
        };
        var byBob = await stage.IssueEndingAsync(organization, "by bob", end, bob.Id);
        var rotated = await stage.IssueApiKeyAsync(organization, "rotated");
        (await admin.PostAsync(Life.Path(rotated.Id, "rotate"), "rotations", new { retire_at = stage.Now.AddDays(9) }))
            .Must(HttpStatusCode.Created);
        await WarnAfterAsync(TimeSpan.Zero);
        foreach (var (names, key) in of)
        {
            Assert.Equal(names.Split(' ').Order(), (await WarningsAsync(key)).Select(NameOf).Order());
        }

        Assert.Equal("bob", NameOf(Assert.Single(await WarningsAsync(byBob))));

        // Who began a rotation has just said when it ends.
        Assert.Empty(await WarningsAsync(rotated));
        await stage.DisableAsync(bob.Id);
        await WarnAfterAsync(TimeSpan.FromDays(3));
        Assert.Equal(["bob", "second", "security"], (await WarningsAsync(byBob)).Select(NameOf).Order());
        Assert.Single(await WarningsAsync(of["bob"]));
        Assert.Equal(["second", "security"], (await WarningsAsync(rotated)).Select(NameOf).Order());

        static string NameOf(Email email) => email.Recipient.Split('@')[0];
    }

    [Fact]
    public async Task Another_end_is_told_anew_and_a_token_that_was_made_for_a_day_is_not_told_at_all()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueEndingAsync(organization, "moved", stage.Now.AddDays(5), organization.Admin.Id);
        var brief = await stage.IssueTokenAsync(organization.Admin.Id, "brief", stage.Now.AddDays(2), "api_keys_read");
        await WarnAfterAsync(TimeSpan.Zero);
        Assert.Single(await WarningsAsync(key));
        (await admin.SendAsync(HttpMethod.Put, Life.Path(key.Id, "expiry"), new
        {
            data = new { type = "expiries", attributes = new { expires_at = stage.Now.AddDays(6) } },
        })).Must(HttpStatusCode.OK);
        await WarnAfterAsync(TimeSpan.FromDays(1));
        Assert.Equal(2, (await WarningsAsync(key)).Count);
        await WarnAfterAsync(TimeSpan.FromDays(1) - Life.Tick);
        Assert.Empty(await WarningsAsync(brief));
    }

    [Fact]
    public async Task It_says_what_ends_when_who_uses_it_and_what_to_do_and_is_moot_when_that_is_no_longer_so()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueEndingAsync(organization, "ci-prod", stage.Now.AddDays(7), organization.Admin.Id);
        Assert.True(await stage.OpensAsync(key, "agent/7", "checkout"));
        Assert.True(await stage.OpensAsync(key, "curl/8"));
        await stage.FlushAsync();
        await WarnAfterAsync(TimeSpan.FromHours(1));
        var email = Assert.Single(await WarningsAsync(key));
        var words = (await ComposeAsync(email))!;
        Assert.Contains("API key “ci-prod” ends in 6 days", words.Subject, StringComparison.Ordinal);
        foreach (var part in new[]
        {
            $"Ends: {Moment.Exact(stage.Now.AddDays(7).AddHours(-1))}",
            $"ends in {key.Secret[^4..]}",
            "Calls a day: 1",
            $"Last used: {Moment.Exact(stage.Now.AddHours(-1))}, from 127.0.0.1",
            "Used by: checkout",
            "Used by: curl/8",
            "rotate it",
            $"/o/{organization.Slug}/organization-settings/credentials/{key.Id}",
        })
        {
            Assert.Contains(part, words.Text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(key.Secret, words.Text, StringComparison.Ordinal);
        (await admin.SendAsync(HttpMethod.Post, Life.Path(key.Id, "revoke"))).Must(HttpStatusCode.OK);
        Assert.Null(await ComposeAsync(email));
        (await admin.SendAsync(HttpMethod.Post, Life.Path(key.Id, "undo"))).Must(HttpStatusCode.OK);
        Assert.NotNull(await ComposeAsync(email));
        (await admin.SendAsync(HttpMethod.Put, Life.Path(key.Id, "expiry"), new
        {
            data = new { type = "expiries", attributes = new { expires_at = (string?)null } },
        })).Must(HttpStatusCode.OK);
        Assert.Null(await ComposeAsync(email));
    }

    [Fact]
    public async Task What_is_being_replaced_is_told_with_its_heir_and_two_runs_at_once_tell_it_once()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApplicationKeyAsync(organization.Admin, "old");
        (await admin.PostAsync(
            Life.Path(key.Id, "rotate"), "rotations", new { name = "heir", retire_at = stage.Now.AddDays(3) }))
            .Must(HttpStatusCode.Created);
        stage.Time.Jump(TimeSpan.FromDays(2));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => stage.RunAsync<WarnExpiring>()));
        var words = (await ComposeAsync(Assert.Single(await WarningsAsync(key))))!;
        Assert.Contains("Application key “old” ends in 1 day", words.Subject, StringComparison.Ordinal);
        Assert.Contains("“heir” takes its place", words.Text, StringComparison.Ordinal);
        Assert.Contains("Last used: never", words.Text, StringComparison.Ordinal);
        Assert.Contains("Owner: Ann Admin", words.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_is_told_when_somebody_else_revokes_their_key_and_an_account_of_whatever_is_made_or_revoked()
    {
        var (admin, organization) = await stage.FoundAsync();
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var robot = await stage.AddServiceAccountAsync(organization, $"robot@{organization.Slug}.example");
        var (his, own, its) = (
            await stage.IssueApplicationKeyAsync(bob, "his"),
            await stage.IssueApplicationKeyAsync(bob, "own"),
            await stage.IssueApplicationKeyUntilAsync(robot, "its", stage.Now.AddDays(3)));
        Assert.Equal(EmailKind.AccountCredentialMade, Assert.Single(await AboutAsync(its)).Kind);
        Assert.Contains("was made", (await ComposeAsync((await AboutAsync(its))[0]))!.Subject, StringComparison.Ordinal);
        Assert.Empty(await AboutAsync(his));

        (await admin.SendAsync(HttpMethod.Post, Life.Path(his.Id, "revoke"))).Must(HttpStatusCode.OK);
        var told = Assert.Single(await AboutAsync(his));
        Assert.Equal((EmailKind.OwnCredentialRevoked, bob.Email), (told.Kind, told.Recipient));
        var words = (await ComposeAsync(told))!;
        Assert.Contains("By: Ann Admin", words.Text, StringComparison.Ordinal);
        Assert.Contains("can be brought back until", words.Text, StringComparison.Ordinal);
        (await admin.SendAsync(HttpMethod.Post, Life.Path(his.Id, "undo"))).Must(HttpStatusCode.OK);
        Assert.Null(await ComposeAsync(told));

        var himself = ApiCaller.With(stage, organization.ApiKey.Secret, his.Secret);
        (await himself.SendAsync(HttpMethod.Post, Life.Path(own.Id, "revoke"))).Must(HttpStatusCode.OK);
        Assert.Empty(await AboutAsync(own));
        (await admin.SendAsync(HttpMethod.Post, Life.Path(its.Id, "revoke"))).Must(HttpStatusCode.OK);
        Assert.Equal(
            [EmailKind.OwnCredentialRevoked, EmailKind.AccountCredentialMade],
            (await AboutAsync(its)).Select(email => email.Kind).Order());
        await stage.DisableAsync(bob.Id);
        Assert.Single(await AboutAsync(his));
    }

    private async Task WarnAfterAsync(TimeSpan span)
    {
        stage.Time.Jump(span);
        await stage.RunAsync<WarnExpiring>();
    }

    private async Task<List<Email>> WarningsAsync(IssuedKey key) =>
        [.. (await AboutAsync(key)).Where(email => email.Kind == EmailKind.CredentialEnds)];

    private Task<List<Email>> AboutAsync(IssuedKey key) => stage.RowsAsync<Email>(all => all
        .Where(email => email.SubjectId == key.Id.Value)
        .OrderBy(email => email.CreatedAt).ThenBy(email => email.Recipient));

    private Task<EmailMessage?> ComposeAsync(Email email) => stage.InScopeAsync((IServiceProvider services) =>
        services.GetRequiredService<EmailComposer>().ComposeAsync(email, CancellationToken.None));
}
