using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Leaks;

/// <summary>Two admins act on one alert, each from a page that was right when they opened it.</summary>
public sealed class TwoAdminsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string Meanwhile = "Bea Boss changed this alert at";

    private TestOrganization _organization = null!;
    private Person _bea = null!;
    private Incident _incident = null!;
    private (HttpClient Client, IHtmlDocument Page) _ann;
    private (HttpClient Client, IHtmlDocument Page) _other;

    [Fact]
    public async Task Of_two_who_revoke_at_once_the_second_is_told_who_did_it_and_when_and_nothing_is_told_twice()
    {
        await LeakAsync("Both revoke");
        var (first, second) = await AtOnceAsync(
            () => PressAsync(_ann, "Revoke"), () => PressAsync(_other, "Revoke"));
        string[] said = [await _ann.Client.DoneAsync(first), await _other.Client.DoneAsync(second)];
        var done = Assert.Single(said, words => words.StartsWith("Revoked “leaked”.", StringComparison.Ordinal));
        var told = Assert.Single(said, words => words != done);
        var by = done == said[0] ? "Ann Admin" : "Bea Boss";
        Assert.Equal($"“leaked” was already revoked by {by} at 15 Jan 2026 12:00 UTC.", told);
        Assert.Single(await stage.RowsAsync<AuditEvent>(
            all => all.Where(row => row.AssetId == _incident.Key.Id.Value && row.Name == "revoked")));
        Assert.Single(await _incident.EmailsAsync(), kind => kind == EmailKind.LeakClosed);
    }

    [Fact]
    public async Task Of_two_who_take_it_on_at_once_the_first_has_it_and_the_second_is_told_so()
    {
        await LeakAsync("Both take it on");
        using (var bea = await PressAsync(_other, "Acknowledge"))
        {
            Assert.Contains("it is yours", await _other.Client.DoneAsync(bea), StringComparison.Ordinal);
        }

        using (var ann = await PressAsync(_ann, "Acknowledge"))
        {
            Assert.Contains(Meanwhile, await ann.RefusalAsync(HttpStatusCode.Conflict), StringComparison.Ordinal);
        }

        Assert.Equal(_bea.Id, (await _incident.RowAsync()).AssigneeId);

        // From the list nobody has seen who has it; there it is said, too.
        using var forced = await _ann.Client.ForceAsync(
            _organization.SafetyCenter("alerts"), $"{await _incident.AddressAsync()}?handler=Acknowledge");
        Assert.Equal(
            "Bea Boss had acknowledged it before, at 15 Jan 2026 12:00 UTC, and has it.", await _ann.Client.DoneAsync(forced));
        Assert.Equal(["Ann Admin seen", "Bea Boss acknowledged"], await _incident.AuditAsync());
    }

    [Fact]
    public async Task What_another_has_done_meanwhile_is_not_undone_unseen_and_can_be_changed_by_whoever_has_seen_it()
    {
        await LeakAsync("Given twice");
        using (var bea = await PressAsync(_other, "Assign", ("assignee", $"{_bea.Id}")))
        {
            await _other.Client.DoneAsync(bea);
        }

        using var refused = await PressAsync(_ann, "Assign", ("assignee", $"{_organization.Admin.Id}"));
        Assert.Contains(Meanwhile, await refused.RefusalAsync(HttpStatusCode.Conflict), StringComparison.Ordinal);
        Assert.Equal(_bea.Id, (await _incident.RowAsync()).AssigneeId);

        // The page is shown as it is now, with what was chosen, and from there it goes.
        var shown = await refused.ReadAsync();
        Assert.Contains("Bea Boss gave it to Bea Boss.", shown.TextOf("[data-history]"), StringComparison.Ordinal);
        Assert.Equal($"{_organization.Admin.Id}", ((IHtmlSelectElement)shown.GetElementById("assignee")!).Value);
        using var again = await PressAsync((_ann.Client, shown), "Assign");
        Assert.Equal("Ann Admin has it now.", await _ann.Client.DoneAsync(again));
    }

    [Fact]
    public async Task Nobody_dismisses_puts_off_or_opens_again_what_another_has_changed_meanwhile()
    {
        await LeakAsync("Put off meanwhile");
        using (var bea = await PressAsync(_other, "Snooze", ("comment", "Until the release.")))
        {
            await _other.Client.DoneAsync(bea);
        }

        foreach (var (button, fields) in new (string, (string, string)[])[]
        {
            ("Dismiss", [("reason", "WontFix"), ("comment", "Typed in vain?")]),
            ("Snooze", [("days", "3"), ("comment", "Typed in vain?")]),
            ("Acknowledge", []),
        })
        {
            using var refused = await PressAsync(_ann, button, fields);
            Assert.Contains(Meanwhile, await refused.RefusalAsync(HttpStatusCode.Conflict), StringComparison.Ordinal);
            if (fields.Length > 0)
            {
                Assert.Contains("Typed in vain?", (await refused.ReadAsync()).Source.Text, StringComparison.Ordinal);
            }
        }

        var alert = await _incident.RowAsync();
        Assert.Equal((AlertState.Snoozed, stage.Now.AddDays(1)), (alert.State, alert.SnoozedUntil));
        Assert.DoesNotContain(EmailKind.LeakDismissed, await _incident.EmailsAsync());

        // A word is lost to nobody, and what one did oneself is no surprise.
        await OpenAsync();
        using (var bea = await PressAsync(_other, "Comment", ("comment", "Rotating it now.")))
        {
            await _other.Client.DoneAsync(bea);
        }

        using (var ann = await PressAsync(_ann, "Comment", ("comment", "Me, too.")))
        {
            await _ann.Client.DoneAsync(ann);
        }

        using (var ann = await PressAsync(_ann, "Acknowledge"))
        {
            await _ann.Client.DoneAsync(ann);
        }

        using var twice = await PressAsync(_ann, "Dismiss", ("reason", "WontFix"), ("comment", "It is gone."));
        Assert.Contains("Dismissed.", await _ann.Client.DoneAsync(twice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_comes_second_where_there_is_nothing_left_to_do_is_told_what_became_of_it()
    {
        await LeakAsync("Too late");
        using (var bea = await PressAsync(_other, "Dismiss", ("reason", "UsedInTests"), ("comment", "A test.")))
        {
            await _other.Client.DoneAsync(bea);
        }

        foreach (var button in new[] { "Acknowledge", "Assign" })
        {
            using var refused = await PressAsync(_ann, button);
            Assert.Contains(Meanwhile, await refused.RefusalAsync(HttpStatusCode.Conflict), StringComparison.Ordinal);
        }

        Assert.Single(await _incident.EmailsAsync(), kind => kind == EmailKind.LeakDismissed);
        Assert.Equal(Resolution.UsedInTests, (await _incident.RowAsync()).Resolution);
    }

    private async Task LeakAsync(string name)
    {
        (_incident, _organization) = await stage.IncidentAsync(name);
        _bea = await stage.AddPersonAsync(
            _organization, $"bea@{_organization.Slug}.example", "Bea Boss", Role.AdminName);
        await _incident.ReportAsync($"https://{_organization.Slug}.example/a");
        _ann.Client = await stage.SignedInAsync(_organization.Admin);
        _other.Client = await stage.SignedInAsync(_bea);
        await OpenAsync();
    }

    private async Task OpenAsync()
    {
        var address = await _incident.AddressAsync();
        _ann.Page = await _ann.Client.PageAsync(address);
        _other.Page = await _other.Client.PageAsync(address);
    }

    // As the form was when the page was opened.
    private static async Task<HttpResponseMessage> PressAsync(
        (HttpClient Client, IHtmlDocument Page) admin, string button, params (string Name, string Value)[] fields)
    {
        var form = admin.Page.QuerySelectorAll("main button").OfType<IHtmlButtonElement>()
            .Single(one => one.TextContent.Trim() == button).Form!;
        var filled = form.Elements
            .Select(element => element switch
            {
                IHtmlInputElement input => (input.Name, input.Value),
                IHtmlSelectElement select => (select.Name, select.Value),
                IHtmlTextAreaElement text => (text.Name, text.Value),
                _ => default,
            })
            .Where(field => !string.IsNullOrEmpty(field.Name) && fields.All(given => given.Name != field.Name))
            .Select(field => (Name: field.Name!, Value: field.Value ?? ""))
            .Concat(fields);
        using var content = new FormUrlEncodedContent(filled.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await admin.Client.PostAsync(form.GetAttribute("action"), content);
    }

    // Both wait for the organization's lock before either of them gets it.
    private async Task<(T First, T Second)> AtOnceAsync<T>(Func<Task<T>> first, Func<Task<T>> second)
    {
        Task<T>[] both = [];
        await stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync(
                $"SELECT 1 FROM organizations WHERE id = {_organization.Id.Value} FOR UPDATE");
            both = [first(), second()];
            await stage.SomebodyWaitsAsync(2);
        });
        await Task.WhenAll(both);
        return (await both[0], await both[1]);
    }
}
