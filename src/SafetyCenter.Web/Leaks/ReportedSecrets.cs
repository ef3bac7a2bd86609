using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>A credential we issued, active or not: what its hash leads to.</summary>
/// <param name="Id">Its id.</param>
/// <param name="OrganizationId">Whose it is.</param>
/// <param name="IsPublic">Whether it is a client token, which stands in public by design.</param>
internal readonly record struct IssuedCredential(Id<Credential> Id, Id<Organization> OrganizationId, bool IsPublic);

/// <summary>A credential at a place, and how often one report says so.</summary>
internal sealed record Sighting(
    IssuedCredential Credential, string Place, byte[] PlaceDigest, LeakSource Source, int Times);

/// <summary>
/// Which items of a report hold what could be a secret of ours. Only what has our shape and checksum is asked for:
/// junk, however much of it, never reaches the database.
/// </summary>
internal sealed class ReportedSecrets
{
    private readonly IReadOnlyList<ReportedItem> _items;
    private readonly SecretHash[][] _hashes;

    private ReportedSecrets(IReadOnlyList<ReportedItem> items, SecretHash[][] hashes)
    {
        _items = items;
        _hashes = hashes;
        Hashes = [.. hashes.SelectMany(ofItem => ofItem).Distinct()];
    }

    /// <summary>What to look up, each hash once.</summary>
    public IReadOnlyList<SecretHash> Hashes { get; }

    /// <summary>Looks into every readable item; the token may have more text around the secret.</summary>
    public static ReportedSecrets In(IReadOnlyList<ReportedItem> items, SecretFormat format) =>
        new(items, [.. items.Select(item => item.IsReadable
            ? format.FindIn(item.Token).Select(secret => secret.Hash).Distinct().ToArray()
            : [])]);

    /// <summary>How many items hold a secret that we issued.</summary>
    public int CountIn(IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
        _hashes.Count(ofItem => ofItem.Any(issued.ContainsKey));

    /// <summary>The answer to the reporter: one row for each readable item, in order.</summary>
    public IReadOnlyList<Feedback> FeedbackGiven(IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
    [
        .. _items.Zip(_hashes)
            .Where(pair => pair.First.IsReadable)
            .Select(pair => Feedback.On(pair.First, isOurs: pair.Second.Any(issued.ContainsKey))),
    ];

    /// <summary>
    /// Each credential with each place once; its kind of place is the first one named. A client token that is seen in
    /// public is where it belongs, so it is left out.
    /// </summary>
    public IReadOnlyList<Sighting> SightingsOf(IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
    [
        .. _items.Zip(_hashes)
            .SelectMany(pair => pair.Second
                .Where(issued.ContainsKey)
                .Select(hash => (Item: pair.First, Credential: issued[hash]))
                .Where(seen => !seen.Credential.IsPublic))
            .GroupBy(seen => (seen.Credential, Place: seen.Item.Url ?? ""))
            .Select(group => new Sighting(
                group.Key.Credential,
                group.Key.Place,
                SHA256.HashData(Encoding.UTF8.GetBytes(group.Key.Place)),
                group.First().Item.Source,
                group.Count())),
    ];
}
