using System.Runtime.Versioning;
using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Startup;

/// <summary>The operator helps somebody who has lost phone and recovery codes; what that does is in FactorResetTests.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ResetFactorsCommandTests(KeptFolder folder, TestPostgres postgres) : IClassFixture<KeptFolder>
{
    [Fact]
    public async Task What_was_taken_off_is_told_and_who_is_not_there_is_told_in_a_sentence()
    {
        await using var app = await App.StartAsync(postgres);
        var organization = await app.CreateOrganizationAsync("Rescued");
        using var ann = await app.SignedInAsync(organization.Admin);
        await ann.AddPhoneAsync(app);

        var done = await RunAsync("--email", organization.Admin.Email);
        Assert.Equal((0, ""), (done.ExitCode, done.Errors));
        using var document = JsonDocument.Parse(done.Output);
        Assert.Equal(
            """{"email":"admin@rescued.example","had_authenticator":true,"passkeys":0,"sessions":1}""",
            JsonSerializer.Serialize(document.RootElement));
        Assert.False((await app.LoginOfAsync(organization.Admin)).TwoFactorEnabled);
        (await RunAsync("--email", "nobody@rescued.example")).IsRefusal(
            "Nobody signs in with the address “nobody@rescued.example”.");

        Task<Outcome> RunAsync(params string[] options) => InProcessProgram.RunAsync(
            folder.Path, ["reset-factors", .. options], ("ConnectionStrings:SafetyCenter", app.ConnectionString));
    }

    [Fact]
    public async Task Nobody_named_is_refused_before_anything_is_started()
    {
        (await InProcessProgram.RunAsync(folder.Path, ["reset-factors"])).IsRefusal("Usage: reset-factors --email ADDRESS");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
