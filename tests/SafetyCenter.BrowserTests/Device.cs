using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>What it takes to use passkeys in a browser that nobody sits before.</summary>
internal static class Device
{
    /// <summary>The address of a page by a name: browsers know passkeys of names, and of no addresses.</summary>
    public static string AtName(this App app, string path) =>
        new UriBuilder(new Uri(app.Address, path)) { Host = "localhost" }.Uri.AbsoluteUri;

    /// <summary>Gives the browser a device that keeps passkeys, and whose owner always says yes.</summary>
    public static async Task AddDeviceAsync(this IPage page)
    {
        var devTools = await page.Context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
    }
}
