using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>The partners beside GitHub, and that none of them is taken for another (cases 28, 29, 31, 71).</summary>
public sealed class PartnerReportsTests(PartnersStage stage, TestPostgres postgres)
    : IClassFixture<PartnersStage>, IAsyncLifetime
{
    private static readonly SignatureHeaders GitHubs = PartnerOrigin.GitHub.Headers[0];
    private static readonly SignatureHeaders GitLabs = PartnerOrigin.GitLab.Headers[0];

    private App App => stage.App;

    // What the test before left in the caches is too old by now.
    public ValueTask InitializeAsync()
    {
        stage.Time.Advance(TimeSpan.FromDays(2));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await App.AssertKeepsNoSecretAsync();

    [Theory]
    [InlineData("GOSST-PUBLIC-KEY-IDENTIFIER", "GOSST-PUBLIC-KEY-SIGNATURE")]
    [InlineData("gosst-public-key-identifier", "gosst-public-key-signature")]
    [InlineData("DepsDev-Public-Key-Identifier", "DepsDev-Public-Key-Signature")]
    public async Task Deps_dev_is_heard_by_either_pair_of_its_headers(string identifier, string signature)
    {
        var organization = await App.CreateOrganizationAsync($"Deps {identifier}", $"ann@{Guid.NewGuid():N}.example");
        var place = $"https://pypi.example/{identifier}";
        var body = $$"""[{"token":"{{organization.ApiKey.Secret}}","type":"safetycenter_api_key","url":"{{place}}"}]""";
        var answer = await App.PostAsync(
            "/webhooks/deps-dev/secret-scanning", body, stage.DepsDev.SignedWith(new(identifier, signature), body));

        Assert.Equal([Reporting.TruePositive], answer.Must(HttpStatusCode.OK).Labels);
        await AssertRaisedAsync(organization, place, (LeakChannel.DepsDev, "deps.dev", "deps.dev"));
    }

    [Fact]
    public async Task Deps_dev_may_say_the_same_by_both_pairs_and_not_two_things()
    {
        var origin = PartnerOrigin.DepsDev;
        var signed = stage.DepsDev.SignedWith(origin.Headers[0], "[]").Concat(stage.DepsDev.SignedWith(origin.Headers[1], "[]"));

        // Each signature is another, also of one body: so the second pair repeats the first.
        var both = signed.ToArray();
        (both[2].Value, both[3].Value) = (both[0].Value, both[1].Value);
        (await App.PostAsync(origin.Address, "[]", both)).Must(HttpStatusCode.OK);
        both[3].Value = both[3].Value.Replace('M', 'N');
        (await App.PostAsync(origin.Address, "[]", both)).Must(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task GitLab_com_is_heard_by_its_headers()
    {
        var organization = await App.CreateOrganizationAsync("GitLab.com");
        var place = "https://gitlab.example/acme/app/-/blob/main/.env";
        var body = $$"""[{"type":"safetycenter_api_key","token":"{{organization.ApiKey.Secret}}","url":"{{place}}"}]""";
        var answer = await App.PostAsync(
            "/webhooks/gitlab/secret-detection", body, stage.GitLab.SignedWith(GitLabs, body));

        Assert.Equal([Reporting.TruePositive], answer.Must(HttpStatusCode.OK).Labels);
        await AssertRaisedAsync(organization, place, (LeakChannel.GitLab, "gitlab", "GitLab"));

        // It sends again what was answered with 400 or more, and may do so with this.
        (await App.PostAsync("/webhooks/gitlab/secret-detection", body, stage.GitLab.SignedWith(GitLabs, body)))
            .Must(HttpStatusCode.OK);
        Assert.Equal(1, Assert.Single(await App.PlacesOfAsync(organization)).Times);
    }

    [Fact]
    public async Task GitLab_com_is_not_heard_where_it_was_not_set_where_its_keys_are()
    {
        await using var app = await App.StartAsync(
            postgres, settings: [("Leaks:GitLab:PublicKeysUrl", "")]);
        var refused = (await app.PostAsync(PartnerOrigin.GitLab.Address, "[]", app.GitHub.SignedWith(GitLabs, "[]")))
            .Must(HttpStatusCode.NotFound);

        Assert.Contains("Leaks:GitLab:PublicKeysUrl", refused.Error, StringComparison.Ordinal);
        Assert.Empty(await app.RowsAsync<LeakReport>());
        (await app.PostAsync(PartnerOrigin.GitHub.Address, "[]", app.GitHub.SignedWith(GitHubs, "[]"))).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Case_28_a_former_key_is_good_or_refused_as_each_partner_is_set()
    {
        foreach (var (keys, origin, status) in new[]
            {
                (stage.DepsDev, PartnerOrigin.DepsDev, HttpStatusCode.OK),
                (stage.GitLab, PartnerOrigin.GitLab, HttpStatusCode.Unauthorized),
            })
        {
            var former = keys.SignedWith(origin.Headers[0], "[]");
            (await App.PostAsync(origin.Address, "[]", former)).Must(HttpStatusCode.OK);
            keys.Rotate();
            stage.Time.Advance(TimeSpan.FromDays(1));

            (await App.PostAsync(origin.Address, "[]", keys.SignedWith(origin.Headers[0], "[]"))).Must(HttpStatusCode.OK);
            (await App.PostAsync(origin.Address, "[]", former)).Must(status);
        }
    }

    [Fact]
    public async Task Case_29_a_key_of_one_partner_is_none_of_another()
    {
        (KeyServer Keys, PartnerOrigin Origin)[] partners =
        [
            (App.GitHub, PartnerOrigin.GitHub),
            (stage.DepsDev, PartnerOrigin.DepsDev),
            (stage.GitLab, PartnerOrigin.GitLab),
        ];
        foreach (var (keys, origin) in partners)
        {
            (await App.PostAsync(origin.Address, "[]", keys.SignedWith(origin.Headers[0], "[]"))).Must(HttpStatusCode.OK);
        }

        // By now each list is kept; who looked into all of them would find every key.
        foreach (var (keys, own) in partners)
        {
            foreach (var (_, other) in partners.Where(partner => partner.Origin != own))
            {
                (await App.PostAsync(other.Address, "[]", keys.SignedWith(other.Headers[0], "[]")))
                    .Must(HttpStatusCode.Unauthorized);
                (await App.PostAsync(other.Address, "[]", keys.SignedWith(own.Headers[0], "[]")))
                    .Must(HttpStatusCode.Unauthorized);
            }
        }
    }

    [Theory]
    [InlineData("Gitlab-Public-Key-Identifier")]
    [InlineData("gitlab-public-key-signature")]
    [InlineData("GOSST-PUBLIC-KEY-IDENTIFIER")]
    [InlineData("DepsDev-Public-Key-Signature")]
    public async Task Case_31_the_headers_of_two_partners_in_one_request_are_refused(string other)
    {
        var signed = App.GitHub.SignedWith(GitHubs, "[]");
        (await App.PostAsync(PartnerOrigin.GitHub.Address, "[]", signed)).Must(HttpStatusCode.OK);
        var refused = (await App.PostAsync(PartnerOrigin.GitHub.Address, "[]", [.. signed, (other, "anything")]))
            .Must(HttpStatusCode.BadRequest);

        Assert.Contains("two reporters", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_71_who_forges_too_often_is_told_to_wait_and_nobody_else_is()
    {
        var organization = await App.CreateOrganizationAsync("Flooded by one");
        var github = PartnerOrigin.GitHub.Address;
        var forged = new SigningKey().Sign("[]"u8.ToArray());
        (string, string)[] forgery =
        [
            (GitHubs.KeyIdentifier, App.GitHub.CurrentKey.Identifier), (GitHubs.Signature, forged.Signature),
        ];
        var flooder = ("X-Forwarded-For", "198.51.100.7");
        var neighbour = ("X-Forwarded-For", "198.51.100.8");
        var flood = await Task.WhenAll(Enumerable.Range(0, 130).Select(_ => App.PostAsync(github, "[]", [.. forgery, flooder])));
        Assert.Equal(ReportRates.UnprovenAtOnce, flood.Count(answer => answer.Status == HttpStatusCode.Unauthorized));
        var late = flood.Where(answer => answer.Status != HttpStatusCode.Unauthorized).ToList();
        Assert.All(late, answer => Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status));
        Assert.All(late, answer => Assert.Equal(ReportRates.UnprovenEach, answer.RetryAfter));

        // Others are told what is wrong, and so is the flooder at another door.
        (await App.PostAsync(github, "[]", [.. forgery, neighbour])).Must(HttpStatusCode.Unauthorized);
        (await App.PostAsync(PartnerOrigin.DepsDev.Address, "[]", flooder)).Must(HttpStatusCode.Unauthorized);
        (await App.PostAsync("/webhooks/gitlab/v1/revoke_tokens", "[]", flooder)).Must(HttpStatusCode.Unauthorized);

        // Signed traffic is heard, even from that address: it may be that of a gateway.
        var body = $$"""[{"token":"{{organization.ApiKey.Secret}}"}]""";
        var answer = await App.PostAsync(github, body, [.. App.GitHub.SignedWith(GitHubs, body), flooder]);
        Assert.Equal([Reporting.TruePositive], answer.Must(HttpStatusCode.OK).Labels);

        stage.Time.Advance(ReportRates.UnprovenEach);
        (await App.PostAsync(github, "[]", [.. forgery, flooder])).Must(HttpStatusCode.Unauthorized);
        (await App.PostAsync(github, "[]", [.. forgery, flooder])).Must(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task What_is_refused_leaves_no_row()
    {
        var organization = await App.CreateOrganizationAsync("Refused partners");
        var before = (await App.RowsAsync<LeakReport>()).Count;
        var body = $$"""[{"token":"{{organization.ApiKey.Secret}}"}]""";
        foreach (var (keys, origin) in new[] { (stage.DepsDev, PartnerOrigin.DepsDev), (stage.GitLab, PartnerOrigin.GitLab) })
        {
            (await App.PostAsync(origin.Address, body)).Must(HttpStatusCode.Unauthorized);
            (await App.PostAsync(origin.Address, body, keys.SignedWith(origin.Headers[0], "[]")))
                .Must(HttpStatusCode.Unauthorized);
            (await App.PostAsync(origin.Address, "{}", keys.SignedWith(origin.Headers[0], "{}"))).Must(HttpStatusCode.BadRequest);
            (await App.PostAsync(origin.Address, body, ("Content-Type", "text/plain"))).Must(HttpStatusCode.UnsupportedMediaType);
            (await App.SendAsync(HttpMethod.Get, origin.Address, null)).Must(HttpStatusCode.MethodNotAllowed);
            keys.AnswerWith(500);
            stage.Time.Advance(TimeSpan.FromDays(2));
            (await App.PostAsync(origin.Address, body, keys.SignedWith(origin.Headers[0], body)))
                .Must(HttpStatusCode.ServiceUnavailable);
            keys.AnswerNormally();
        }

        Assert.Equal(before, (await App.RowsAsync<LeakReport>()).Count);
        Assert.Empty(await App.AlertsOfAsync(organization));
    }

    private async Task AssertRaisedAsync(
        TestOrganization organization, string place, (LeakChannel Channel, string Reporter, string Name) by)
    {
        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.True(alert.IsPublic);
        Assert.Equal(place, Assert.Single(await App.PlacesOfAsync(organization)).Place);
        var report = Assert.Single(
            await App.RowsAsync<LeakReport>(all => all.Where(row => row.Id == alert.RaisedByReportId)));
        Assert.Equal(by, (report.Channel, report.Reporter, report.SourceName));
        Assert.Null(report.OrganizationId);
    }
}
