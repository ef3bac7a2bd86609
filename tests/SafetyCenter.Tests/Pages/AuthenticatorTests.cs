using System.Net;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Pages.Me;
using SafetyCenter.Web.Security;
using static SafetyCenter.Tests.Support.Factors;

namespace SafetyCenter.Tests.Pages;

/// <summary>An authenticator app is added, its recovery codes are shown once, and it is turned off again.</summary>
public sealed class AuthenticatorTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task A_wrong_code_keeps_the_key_on_the_page_and_the_right_one_turns_it_on_and_shows_ten_recovery_codes()
    {
        var organization = await app.CreateOrganizationAsync("Adding");
        using var ann = await app.SignedInAsync(organization.Admin);
        var shown = await ann.PageAsync(AuthenticatorPage);
        var key = KeyOn(shown);
        var picture = shown.QuerySelector(".qr-code path")!.GetAttribute("d");
        Assert.NotEqual(key, KeyOn(await ann.PageAsync(AuthenticatorPage)));

        // As the browser does: the form of that page, twice.
        var offer = shown.QuerySelector("[name=offer]")!.GetAttribute("value")!;
        var now = OneTimeCode.StepAt(app.Now);
        using var wrong = await ann.PostFormAsync(
            AuthenticatorPage, "Turn on", ("offer", offer), ("code", OneTimeCode.Of(new AuthenticatorKey(key), now + 2)));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var again = await wrong.DocumentAsync();
        Assert.StartsWith(
            "This is not the code", again.QuerySelector("[role=alert]")!.TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal(key, KeyOn(again));
        Assert.Equal(picture, again.QuerySelector(".qr-code path")!.GetAttribute("d"));
        Assert.False((await app.LoginOfAsync(organization.Admin)).TwoFactorEnabled);

        using var right = await ann.PostFormAsync(
            AuthenticatorPage,
            "Turn on",
            ("offer", again.QuerySelector("[name=offer]")!.GetAttribute("value")!),
            ("code", $" {OneTimeCode.Of(new AuthenticatorKey(key), now).Insert(3, " ")} "));
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.True(right.Headers.CacheControl?.NoStore);
        var codes = (await right.DocumentAsync()).QuerySelector("[data-codes][data-copyable]")!.TextContent.Split('\n');
        Assert.Equal(10, codes.Distinct().Count());

        var login = await app.LoginOfAsync(organization.Admin);
        Assert.True(login.TwoFactorEnabled);
        Assert.True((await SessionsOfAsync(login)).Single().HasSecondFactor);
        var after = await ann.PageAsync(AuthenticatorPage);
        Assert.Equal("10", after.QuerySelector("[data-codes-left]")!.GetAttribute("data-codes-left"));
        Assert.DoesNotContain(codes[0], after.Body!.TextContent, StringComparison.Ordinal);
        Assert.Null(after.QuerySelector("[data-key]"));
        await WasToldAsync(organization, "An authenticator app was added.");
    }

    [Fact]
    public async Task The_database_holds_neither_the_key_nor_a_recovery_code()
    {
        var organization = await app.CreateOrganizationAsync("Kept");
        using var ann = await app.SignedInAsync(organization.Admin);
        var phone = await ann.AddPhoneAsync(app);
        var login = await app.LoginOfAsync(organization.Admin);
        var kept = await app.InScopeAsync(db => db.UserTokens.Where(token => token.UserId == login.Id).ToListAsync());
        Assert.Equal(["AuthenticatorKey", "RecoveryCodes"], kept.Select(token => token.Name).Order());
        foreach (var secret in phone.RecoveryCodes.Append(phone.Key.Text))
        {
            Assert.DoesNotContain(
                kept,
                token => token.Value!.Contains(secret, StringComparison.OrdinalIgnoreCase)
                    || token.Value.Contains(secret.Replace("-", ""), StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_key_is_no_good_in_the_row_of_somebody_else()
    {
        var organization = await app.CreateOrganizationAsync("Swapped");
        var bob = await app.AddPersonAsync(organization, "bob@swapped.example");
        using var his = await app.SignedInAsync(bob);
        using var ann = await app.SignedInAsync(organization.Admin);
        var phone = await his.AddPhoneAsync(app);
        await ann.AddPhoneAsync(app);
        var (login, other) = (await app.LoginOfAsync(organization.Admin), await app.LoginOfAsync(bob));
        await app.InScopeAsync((SafetyCenter.Web.Data.SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"""
            UPDATE login_tokens own SET value = others.value FROM login_tokens others
            WHERE own.user_id = {login.Id} AND own.name = 'AuthenticatorKey'
              AND others.user_id = {other.Id} AND others.name = 'AuthenticatorKey'
            """));
        app.Time.Jump(TimeSpan.FromMinutes(1));
        using var visitor = app.NewClient();
        await visitor.TypePasswordAsync(organization.Admin);
        using var refused = await visitor.TypeCodeAsync(phone.CodeAt(app.Now));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task An_offered_key_is_of_use_to_whom_it_was_offered_and_nobody_else()
    {
        var organization = await app.CreateOrganizationAsync("Offered");
        var bob = await app.AddPersonAsync(organization, "bob@offered.example");
        using var ann = await app.SignedInAsync(organization.Admin);
        using var his = await app.SignedInAsync(bob);
        var offered = await ann.PageAsync(AuthenticatorPage);
        using var refused = await his.PostFormAsync(
            AuthenticatorPage,
            "Turn on",
            ("offer", offered.QuerySelector("[name=offer]")!.GetAttribute("value")!),
            ("code", OneTimeCode.Of(new AuthenticatorKey(KeyOn(offered)), OneTimeCode.StepAt(app.Now))));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.False((await app.LoginOfAsync(bob)).TwoFactorEnabled);
    }

    [Fact]
    public async Task A_second_app_is_refused_while_there_is_one()
    {
        var organization = await app.CreateOrganizationAsync("Second");
        using var ann = await app.SignedInAsync(organization.Admin);
        var page = await ann.PageAsync(AuthenticatorPage);
        var phone = await ann.AddPhoneAsync(app);
        using var form = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("offer", page.QuerySelector("[name=offer]")!.GetAttribute("value")!),
            KeyValuePair.Create("code", OneTimeCode.Of(new AuthenticatorKey(KeyOn(page)), OneTimeCode.StepAt(app.Now))),
            KeyValuePair.Create(
                "__RequestVerificationToken", page.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!),
        ]);
        using var refused = await ann.PostAsync($"{AuthenticatorPage}?handler=TurnOn", form);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        app.Time.Jump(TimeSpan.FromMinutes(1));
        using var visitor = app.NewClient();
        await visitor.TypePasswordAsync(organization.Admin);
        using var inside = await visitor.TypeCodeAsync(phone.CodeAt(app.Now));
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);
    }

    [Fact]
    public async Task New_recovery_codes_take_the_place_of_the_old_ones()
    {
        var organization = await app.CreateOrganizationAsync("Anew");
        using var ann = await app.SignedInAsync(organization.Admin);
        var old = await ann.AddPhoneAsync(app);
        using var made = await ann.PostFormAsync(AuthenticatorPage, "Make new recovery codes");
        var codes = (await made.DocumentAsync()).QuerySelector("[data-codes]")!.TextContent.Split('\n');
        Assert.Equal(10, codes.Distinct().Count());
        Assert.Empty(codes.Intersect(old.RecoveryCodes));
        await WasToldAsync(organization, "New recovery codes were made. The old ones are no good any more.");

        using var visitor = app.NewClient();
        await visitor.TypePasswordAsync(organization.Admin);
        using var refused = await visitor.TypeCodeAsync(old.RecoveryCodes[0]);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var inside = await visitor.TypeCodeAsync(codes[0]);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
    }

    [Fact]
    public async Task Turned_off_it_is_forgotten_and_the_password_is_enough()
    {
        var organization = await app.CreateOrganizationAsync("Off");
        using var ann = await app.SignedInAsync(organization.Admin);
        await ann.AddPhoneAsync(app);
        using var off = await ann.PostFormAsync(AuthenticatorPage, "Turn off");
        Assert.Equal(AuthenticatorPage, off.Headers.Location?.ToString());
        Assert.Contains(
            "is turned off",
            (await ann.PageAsync(AuthenticatorPage)).QuerySelector("[role=status]")!.TextContent,
            StringComparison.Ordinal);
        var login = await app.LoginOfAsync(organization.Admin);
        Assert.False(login.TwoFactorEnabled);
        Assert.Empty(await app.InScopeAsync(db => db.UserTokens.Where(token => token.UserId == login.Id).ToListAsync()));
        await WasToldAsync(organization, "The authenticator app was turned off. The password alone lets you in now.");

        // The page of another tab still has the button.
        using var twice = await ann.PostAsync($"{AuthenticatorPage}?handler=TurnOff", await FormOfAsync(ann));
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        using var visitor = app.NewClient();
        await visitor.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        using var inside = await visitor.GetAsync(organization.SafetyCenter());
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
    }

    [Theory]
    [InlineData(typeof(AuthenticatorModel), nameof(AuthenticatorModel.OnPostTurnOnAsync))]
    [InlineData(typeof(AuthenticatorModel), nameof(AuthenticatorModel.OnPostTurnOffAsync))]
    [InlineData(typeof(AuthenticatorModel), nameof(AuthenticatorModel.OnPostNewCodesAsync))]
    [InlineData(typeof(PasskeysModel), nameof(PasskeysModel.OnPostOptionsAsync))]
    [InlineData(typeof(PasskeysModel), nameof(PasskeysModel.OnPostAddAsync))]
    [InlineData(typeof(PasskeysModel), nameof(PasskeysModel.OnPostRemoveAsync))]
    public void Whoever_sits_down_before_an_open_browser_changes_none_of_it(Type page, string handler) =>
        Assert.NotNull(page.GetMethod(handler)!.GetCustomAttribute<RequiresRecentProofAttribute>());

    private static string KeyOn(AngleSharp.Html.Dom.IHtmlDocument page) =>
        page.QuerySelector("[data-key]")!.TextContent.Replace(" ", "");

    private static async Task<FormUrlEncodedContent> FormOfAsync(HttpClient client)
    {
        var page = await client.PageAsync(AuthenticatorPage);
        var token = page.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token)]);
    }

    private Task<List<Session>> SessionsOfAsync(Login login) =>
        app.RowsAsync<Session>(all => all.Where(session => session.LoginId == login.Id));

    private async Task WasToldAsync(TestOrganization organization, string what)
    {
        var login = await app.LoginOfAsync(organization.Admin);
        var email = Assert.Single(
            await app.EmailsAsync(EmailKind.LoginChanged),
            email => email.Recipient == organization.Admin.Email && email.Details!.StartsWith(what, StringComparison.Ordinal));
        Assert.Equal((null, login.Id, $"{what}\n127.0.0.1"), (email.OrganizationId, email.SubjectId, email.Details));
    }
}
