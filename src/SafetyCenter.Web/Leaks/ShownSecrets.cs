using System.Net;
using System.Security.Cryptography;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// Takes in secrets that somebody holds and shows us, without an account: to hold one is to be entitled to end it. Whoever
/// shows them learns nothing, neither by the answer nor by its time, so that this is no way to find out whose a secret is, or
/// whether it still works.
/// </summary>
public sealed class ShownSecrets(LeakIntake intake, ReportRates rates, AnswerBeat beat)
{
    /// <summary>How many can be shown at once.</summary>
    public const int SecretsMax = 1000;

    /// <summary>Who sent such a report, for people.</summary>
    public const string SourceName = "Somebody who holds the key";

    private const string Reporter = "shown";

    /// <summary>Whether somebody at an address is heard now.</summary>
    /// <returns>How long to wait first; nothing when they are heard.</returns>
    public TimeSpan Take(IPAddress? address) => rates.TakeShown(address);

    /// <summary>
    /// Takes them in: what is ours, and its organization lets it, is revoked when this returns. It is not stopped by a caller who
    /// hangs up.
    /// </summary>
    public async Task TakeInAsync(IEnumerable<Secret> secrets)
    {
        var start = beat.Begin();
        var hashes = secrets.Select(secret => secret.Hash).Distinct().OrderBy(hash => hash.ToString(), StringComparer.Ordinal)
            .ToList();
        if (hashes.Count > 0)
        {
            // The delivery is known by what it shows, and not by the text around it.
            var digest = SHA256.HashData([.. hashes.SelectMany(hash => hash.ToArray())]);
            await intake.TakeAsync(
                new Delivery(LeakChannel.Shown, Reporter, SourceName, digest),
                [.. hashes.Select((hash, index) =>
                    new ReportedItem(index, Token: null, Type: null, Url: null, LeakSource.Unknown) { Hash = hash })],
                CancellationToken.None);
        }

        await beat.WaitAsync(start);
    }
}
