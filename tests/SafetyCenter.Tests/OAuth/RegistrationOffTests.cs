using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Programs do not register themselves unless the operator lets them.</summary>
public sealed class RegistrationOffTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private const string Setting = "OAuth:DynamicRegistration";

    [Fact]
    public async Task Without_the_setting_nobody_is_registered()
    {
        using var content = new StringContent(OpenApp.Minimal, Encoding.UTF8, "application/json");
        using var answer = await stage.Visitor.PostAsync(OpenApp.RegisterAt, content);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var refused = await answer.JsonAsync();
        Assert.Equal("access_denied", refused.GetProperty("error").GetString());
        Assert.EndsWith(".", refused.GetProperty("error_description").GetString(), StringComparison.Ordinal);
        Assert.Empty(await stage.RowsAsync<OAuthClient>());
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("false", false)]
    [InlineData("True", true)]
    public void The_setting_is_off_unless_it_says_true(string? setting, bool isOn) =>
        Assert.Equal(isOn, Read(setting).HasDynamicRegistration);

    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    public void Anything_else_stops_the_start_with_a_sentence(string setting) =>
        Assert.Contains(Setting, Assert.Throws<CannotStartException>(() => Read(setting)).Message, StringComparison.Ordinal);

    private static Installation Read(string? setting) => Installation.Read(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [Setting] = setting }).Build(),
        new HostingEnvironment { EnvironmentName = "Production" });
}
