using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>
/// The product with a clock that a test moves, key servers of all partners, and trust in this machine where it calls from.
/// Of GitLab it takes no former keys.
/// </summary>
public sealed class PartnersStage(TestPostgres postgres) : IAsyncLifetime
{
    public KeyServer DepsDev { get; private set; } = null!;

    public KeyServer GitLab { get; private set; } = null!;

    public App App { get; private set; } = null!;

    public ManualClock Time { get; } = new();

    public async ValueTask InitializeAsync()
    {
        DepsDev = await KeyServer.StartAsync();
        GitLab = await KeyServer.StartAsync();
        App = await App.StartAsync(
            postgres,
            Time,
            mail: null,
            ("Leaks:DepsDev:PublicKeysUrl", DepsDev.Url.ToString()),
            ("Leaks:GitLab:PublicKeysUrl", GitLab.Url.ToString()),
            ("Leaks:GitLab:AcceptsFormerKeys", "false"),
            ("Gateway:TrustedProxies", "127.0.0.1, ::1"));
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await DepsDev.DisposeAsync();
        await GitLab.DisposeAsync();
    }
}
