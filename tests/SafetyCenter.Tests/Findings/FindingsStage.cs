using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Findings;

/// <summary>An app whose clock the tests turn. Each test founds an organization of its own and looks at nothing else.</summary>
public sealed class FindingsStage : App
{
    /// <summary>One tick of the database: it keeps microseconds.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(1);

    public FindingsStage(TestPostgres postgres)
        : this(postgres, new ManualClock(new DateTimeOffset(2026, 1, 15, 12, 0, 0, TimeSpan.Zero)))
    {
    }

    private FindingsStage(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => Time = clock;

    public ManualClock Time { get; }

    /// <summary>Lets days pass and runs the hourly job.</summary>
    public async Task ScanAfterAsync(TimeSpan span)
    {
        Time.Jump(span);
        await RunAsync<ScanFindings>();
    }

    /// <summary>The findings of one rule in one organization, oldest first, cleared ones too.</summary>
    public Task<List<Finding>> FindingsAsync(TestOrganization organization, FindingRule rule) =>
        RowsAsync<Finding>(all => all
            .Where(finding => finding.OrganizationId == organization.Id && finding.Rule == rule.Name)
            .OrderBy(finding => finding.RaisedAt).ThenBy(finding => finding.Generation));

    /// <summary>Those of them that stand.</summary>
    public async Task<List<Finding>> OpenAsync(TestOrganization organization, FindingRule rule) =>
        [.. (await FindingsAsync(organization, rule)).Where(finding => finding.ClearedAt is null)];

    /// <summary>An app of the organization, authorized now by its admin.</summary>
    public Task<Id<OAuthApp>> AuthorizeAppAsync(TestOrganization organization, params string[] scopes) =>
        InScopeAsync(async db =>
        {
            var app = TestApps.NewApp(organization, "App", scopes, Now);
            var admin = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(user => user.Id == organization.Admin.Id);
            app.Authorize(admin, live: null, scopes, Now);
            db.Add(app);
            await db.SaveChangesAsync();
            return app.Id;
        });

    /// <summary>An invite of the organization, sent now.</summary>
    public Task<Id<Invite>> InviteAsync(TestOrganization organization, string email) =>
        InScopeAsync(async db =>
        {
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(role => role.OrganizationId == organization.Id && role.Name == Role.StandardName)
                .ToListAsync();
            var user = new User(organization.Id, email, name: null, roles, Now);
            var invite = new Invite(user, organization.Admin.Id, TimeSpan.FromDays(2), Now);
            db.AddRange(user, invite);
            await db.SaveChangesAsync();
            return invite.Id;
        });

    /// <summary>Changes rows the way the product cannot, such as a key that was imported.</summary>
    public Task SqlAsync(FormattableString sql) => InScopeAsync(async db =>
    {
        await db.Database.ExecuteSqlAsync(sql);
    });

    /// <summary>Presses a button as the admin of the organization, and gives the page that follows.</summary>
    public async Task<AngleSharp.Html.Dom.IHtmlDocument> PressAsync(
        TestOrganization organization, string tab, string button, string within)
    {
        using var admin = await SignedInAsync(organization.Admin);
        using var answer = await admin.PostFormAsync(organization.SafetyCenter(tab), button, within);
        Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.StatusCode);
        return await admin.PageAsync(answer.Headers.Location!.ToString());
    }
}
