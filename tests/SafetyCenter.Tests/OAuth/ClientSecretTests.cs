using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Secrets of confidential apps: several at a time, rotated like any credential, and for whom the app acts as.</summary>
public sealed class ClientSecretTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task Another_secret_is_shown_once_and_listed_without_it()
    {
        var (admin, _) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Two");
        stage.Time.Advance(TimeSpan.FromMinutes(1));
        var ends = stage.Now.AddDays(9);
        var made = (await admin.AddSecretAsync(stage, id, new { name = "second", expires_at = ends }))
            .Must(HttpStatusCode.Created);
        Assert.Equal(OAuthApps.Secrets, made.Data.GetProperty("type").GetString());
        var secret = made.Attribute("client_secret").GetString()!;
        var list = (await admin.GetAsync(OAuthApps.Of(id, "secrets"))).Must(HttpStatusCode.OK);
        Assert.DoesNotContain(secret, list.Text, StringComparison.Ordinal);
        Assert.Equal(["Two", "second"], list.Names());
        var attributes = list.Data[1].GetProperty("attributes");
        Assert.Equal(made.Id, list.Data[1].GetProperty("id").GetString());
        Assert.Equal(secret[^4..], attributes.GetProperty("last4").GetString());
        Assert.Equal(ends, attributes.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Null(attributes.GetProperty("last_used_at").GetString());

        (await admin.SendAsync(HttpMethod.Post, Life.Path(Id<Credential>.Parse(made.Id, null), "revoke")))
            .Must(HttpStatusCode.OK);
        Assert.Equal(["Two"], (await admin.GetAsync(OAuthApps.Of(id, "secrets"))).Names());
        (await admin.AddSecretAsync(stage, id, new { expires_at = stage.Now })).Refuses(HttpStatusCode.BadRequest, "has passed");
        await stage.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task A_secret_is_rotated_with_overlap_as_any_credential()
    {
        var (admin, _) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Rotated");
        var app = Id<OAuthApp>.Parse(id, null);
        var old = Assert.Single(await RowsAsync());
        var retireAt = stage.Now.AddDays(1);
        var rotated = (await admin.PostAsync(Life.Path(old.Id, "rotate"), "rotations", new { retire_at = retireAt }))
            .Must(HttpStatusCode.Created);
        Assert.Equal("oauth_client_secret", rotated.Attribute("kind").GetString());
        Assert.StartsWith("scocs_", rotated.Attribute("key").GetString(), StringComparison.Ordinal);
        var both = await RowsAsync();
        Assert.Equal(2, both.Count);
        Assert.All(both, row => Assert.True(row.IsActive));
        Assert.Equal(rotated.Id, both.Single(row => row.Id == old.Id).ReplacedBy.ToString());

        stage.Time.Jump(TimeSpan.FromDays(1));
        await stage.RunAsync<EndCredentials>();
        var left = await RowsAsync();
        Assert.Equal(RevocationReason.Rotated, left.Single(row => row.Id == old.Id).RevokedBecause);
        Assert.True(left.Single(row => row.Id != old.Id).IsActive);

        Task<List<OAuthClientSecret>> RowsAsync() =>
            stage.RowsAsync<OAuthClientSecret>(all => all.Where(row => row.AppId == app));
    }

    [Fact]
    public async Task An_app_has_at_most_five_secrets_and_a_public_one_has_none()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Five");
        for (var more = 1; more < OAuthClientSecret.ActiveMax; more++)
        {
            (await admin.AddSecretAsync(stage, id)).Must(HttpStatusCode.Created);
        }

        (await admin.AddSecretAsync(stage, id)).Refuses(HttpStatusCode.BadRequest, "at most 5 active secrets");
        var list = await admin.GetAsync(OAuthApps.Of(id, "secrets"));
        var first = Id<Credential>.Parse(list.Data[0].GetProperty("id").GetString()!, null);
        (await admin.PostAsync(Life.Path(first, "rotate"), "rotations", new { retire_at = stage.Now.AddDays(1) }))
            .Refuses(HttpStatusCode.BadRequest, "at most 5 active secrets");
        (await admin.SendAsync(HttpMethod.Post, Life.Path(first, "revoke"))).Must(HttpStatusCode.OK);
        (await admin.AddSecretAsync(stage, id)).Must(HttpStatusCode.Created);

        var open = await TestApps.AppAsync(stage, organization, "Public", "dashboards_read");
        (await admin.AddSecretAsync(stage, $"{open.Id}")).Refuses(HttpStatusCode.BadRequest, "has no secrets");
    }

    [Fact]
    public async Task Nobody_is_given_a_secret_of_an_app_that_acts_as_somebody_else()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Ann’s");
        var keeper = await stage.AddWithPermissionsAsync(
            organization, "keeper", Permission.OrgAuthorizedAppsWrite, Permission.OrgAuthorizedAppsRead);
        var other = await stage.CallerAsync(organization, keeper);
        (await other.AddSecretAsync(stage, id)).Refuses(HttpStatusCode.Forbidden, "Let it act as yourself first.");
        var held = (await other.GetAsync(OAuthApps.Of(id, "secrets"))).Data[0].GetProperty("id").GetString()!;
        (await other.PostAsync(
                Life.Path(Id<Credential>.Parse(held, null), "rotate"), "rotations", new { retire_at = stage.Now.AddDays(1) }))
            .Refuses(HttpStatusCode.Forbidden, "Let it act as yourself first.");
        (await other.PatchAsync(OAuthApps.Of(id), OAuthApps.Type, id, new { acts_as = keeper.Id.ToString() }))
            .Must(HttpStatusCode.OK);
        (await other.AddSecretAsync(stage, id)).Must(HttpStatusCode.Created);
        (await admin.AddSecretAsync(stage, id)).Refuses(HttpStatusCode.Forbidden, "acts as keeper");

        // A service account is for whoever looks after service accounts.
        var robot = await stage.AddServiceAccountAsync(organization, "robot@secrets.example");
        (await admin.PatchAsync(OAuthApps.Of(id), OAuthApps.Type, id, new { acts_as = robot.ToString() }))
            .Must(HttpStatusCode.OK);
        (await admin.AddSecretAsync(stage, id)).Must(HttpStatusCode.Created);
        (await other.AddSecretAsync(stage, id)).Refuses(HttpStatusCode.Forbidden, Permission.ServiceAccountWrite);
    }

    [Fact]
    public async Task What_an_access_token_makes_does_not_outlive_it()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        var end = stage.Now.AddDays(7);
        var token = await stage.IssueTokenAsync(
            organization.Admin.Id, "short", end,
            "org_authorized_apps_write", "org_authorized_apps_read", "dashboards_read");
        var caller = new ApiCaller(stage, ("Authorization", $"Bearer {token.Secret}"));
        (await RegisterAsync(null)).Refuses(HttpStatusCode.Forbidden, "cannot outlive");
        (await RegisterAsync(end.AddSeconds(1))).Refuses(HttpStatusCode.Forbidden, "cannot outlive");
        var id = (await RegisterAsync(end)).Must(HttpStatusCode.Created).Id;
        (await caller.AddSecretAsync(stage, id)).Refuses(HttpStatusCode.Forbidden, "cannot outlive");
        (await caller.AddSecretAsync(stage, id, new { expires_at = end })).Must(HttpStatusCode.Created);
        var secret = Id<Credential>.Parse(
            (await caller.GetAsync(OAuthApps.Of(id, "secrets"))).Data[0].GetProperty("id").GetString()!, null);
        (await caller.PostAsync(Life.Path(secret, "rotate"), "rotations", new { retire_at = end }))
            .Refuses(HttpStatusCode.Forbidden, "cannot outlive");

        Task<ApiCaller.Answer> RegisterAsync(DateTimeOffset? ends) => caller.RegisterAsync(stage, new
        {
            name = "Short", scopes = new[] { "dashboards_read" }, confidential = true, secret_expires_at = ends,
        });
    }
}
