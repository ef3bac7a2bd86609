using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Identity;

/// <summary>Who has a second factor, and how the operator helps who has lost it.</summary>
public sealed class FactorResetTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task An_app_and_a_passkey_are_second_factors_and_a_password_is_none()
    {
        var organization = await app.CreateOrganizationAsync("Three");
        var withKey = await app.AddPersonAsync(organization, "key@three.example");
        var withNone = await app.AddPersonAsync(organization, "none@three.example");
        using var ann = await app.SignedInAsync(organization.Admin);
        await ann.AddPhoneAsync(app);
        using var keyed = await app.SignedInAsync(withKey);
        using var device = new SoftPasskey();
        using var added = await keyed.AddPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);

        var ids = new List<Guid>();
        foreach (var person in new[] { organization.Admin, withKey, withNone })
        {
            ids.Add((await app.LoginOfAsync(person)).Id);
        }

        Assert.Equal(
            ids.Take(2).Order(),
            (await app.InScopeAsync(db => SecondFactors.OfAsync(db, ids, CancellationToken.None))).Order());
        Assert.Equal([ids[1]], await app.InScopeAsync(db => SecondFactors.OfAsync(db, [ids[1]], CancellationToken.None)));
    }

    [Fact]
    public async Task Who_lost_the_phone_is_left_with_the_password_and_signed_out_everywhere()
    {
        var organization = await app.CreateOrganizationAsync("Lost");
        var other = await app.AddPersonAsync(organization, "other@lost.example");
        using var his = await app.SignedInAsync(other);
        await his.AddPhoneAsync(app);
        using var ann = await app.SignedInAsync(organization.Admin);
        await ann.AddPhoneAsync(app);
        using var device = new SoftPasskey();
        using var added = await ann.AddPasskeyAsync(device);

        var reset = await ResetAsync($" {organization.Admin.Email.ToUpperInvariant()} ");
        Assert.Equal(new FactorReset.Result(organization.Admin.Email, HadAuthenticator: true, Passkeys: 1, Sessions: 1), reset);

        using var outside = await ann.GetAsync(Factors.AuthenticatorPage);
        Assert.StartsWith("/sign-in?", outside.Headers.Location?.PathAndQuery, StringComparison.Ordinal);
        using var again = app.NewClient();
        using var refused = await again.SignInWithPasskeyAsync(device);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await again.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        Assert.Contains(
            await app.EmailsAsync(EmailKind.LoginChanged),
            email => email.Recipient == organization.Admin.Email
                && email.Details == "Authenticator app and passkeys were removed, and you were signed out everywhere. "
                    + "The password stays.\nthe operator of this installation");

        // Nobody else's: neither session nor app.
        await his.PageAsync(Factors.AuthenticatorPage);
        Assert.True((await app.LoginOfAsync(other)).TwoFactorEnabled);
    }

    [Fact]
    public async Task An_address_that_nobody_signs_in_with_changes_nothing()
    {
        Assert.Null(await ResetAsync("nobody@nowhere.example"));
        Assert.DoesNotContain(
            await app.EmailsAsync(EmailKind.LoginChanged), email => email.Recipient == "nobody@nowhere.example");
    }

    private Task<FactorReset.Result?> ResetAsync(string email) => app.InScopeAsync((IServiceProvider services) =>
        services.GetRequiredService<FactorReset>().ResetAsync(email, CancellationToken.None));
}
