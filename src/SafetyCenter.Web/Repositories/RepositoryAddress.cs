using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Repositories;

/// <summary>Asks the name system for the addresses of a host.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>
/// Which addresses of repositories we may ask. It is checked when one is added and again before every fetch, for a name may
/// lead elsewhere by then; git is told to connect to what was checked here.
/// </summary>
public sealed class RepositoryAddress(ResolveHost resolve, IOptions<RepositoryOptions> options)
{
    private const string Field = "url";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private bool AreAllAllowed => options.Value.AllowPrivateAddresses;

    /// <summary>Reads what somebody typed.</summary>
    /// <exception cref="RefusedException">It is no address that we would ask.</exception>
    public Uri Read(string? typed)
    {
        var text = (typed ?? "").Trim();
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && AreAllAllowed)))
        {
            throw RefusedException.Invalid("Give the address that begins with https://, as for git clone.", Field);
        }

        if (address.UserInfo.Length > 0)
        {
            throw RefusedException.Invalid("Leave user and password out of the address; there are fields for them.", Field);
        }

        if (text.Length > 500 || text.Any(char.IsControl) || address.Query.Length > 0 || address.Fragment.Length > 0
            || address.IdnHost.Length == 0 || address.IdnHost.EndsWith('.'))
        {
            throw RefusedException.Invalid("This is no address of a repository.", Field);
        }

        // As the name system knows the host; everybody reads the same then.
        return new UriBuilder(address) { Host = address.IdnHost }.Uri;
    }

    /// <summary>The addresses behind it, when we may connect to all of them.</summary>
    /// <exception cref="RefusedException">There are none, or they are not for us to ask.</exception>
    public async Task<IReadOnlyList<IPAddress>> CheckAsync(Uri address, CancellationToken cancellationToken)
    {
        var found = await ResolveAsync(address, cancellationToken);
        if (!AreAllAllowed && !Array.TrueForAll(found, PublicNetworks.Include))
        {
            throw RefusedException.Invalid(
                $"{address.Host} is not in the public internet, and whoever runs this installation has not allowed more.", Field);
        }

        return address.Scheme == Uri.UriSchemeHttp && Array.Exists(found, PublicNetworks.Include)
            ? throw RefusedException.Invalid("In the public internet, the address must begin with https://.", Field)
            : found;
    }

    private async Task<IPAddress[]> ResolveAsync(Uri address, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(address.IdnHost, out var literal))
        {
            return [literal];
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await resolve(address.IdnHost, patience.Token) is { Length: > 0 } found ? found : throw Unknown(address);
        }
        catch (Exception exception)
            when (exception is SocketException or ArgumentException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unknown(address);
        }
    }

    private static RefusedException Unknown(Uri address) =>
        RefusedException.Invalid($"There is no server called {address.Host}.", Field);
}
