using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>A credential we issued, active or not: what a hash leads to.</summary>
internal sealed record IssuedCredential
{
    /// <summary>Its id; of a token of an app, that of its grant.</summary>
    public required Id<Credential> Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required Id<Organization> OrganizationId { get; init; }

    /// <summary>Its kind, as the table says it.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether nothing has ended it.</summary>
    public required bool IsActive { get; init; }

    /// <summary>What it may do; empty for everything, null for what acts for nobody.</summary>
    public string[]? Scopes { get; init; }

    /// <summary>When it was last used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>
    /// Whether nothing comes of seeing it: a client token is public by design, and a token of an app may be over.
    /// </summary>
    public required bool IsHarmless { get; init; }

    /// <summary>Whether somebody who holds it can do harm with it.</summary>
    public bool IsLive => IsActive && !IsHarmless;

    /// <summary>By its id alone: two tokens of one grant are one credential.</summary>
    public bool Equals(IssuedCredential? other) => other is not null && Id == other.Id;

    /// <inheritdoc />
    public override int GetHashCode() => Id.GetHashCode();
}

/// <summary>A credential at a place, and how often one report says so.</summary>
internal sealed record Sighting(
    IssuedCredential Credential, string Place, byte[] PlaceDigest, LeakSource Source, bool IsPublic, int Times);

/// <summary>
/// Which items of a report hold what could be a secret of ours. Only what has our shape and checksum is asked for:
/// junk, however much of it, never reaches the database. A hash has no shape.
/// </summary>
internal sealed class ReportedSecrets
{
    private readonly IReadOnlyList<ReportedItem> _items;
    private readonly SecretHash[][] _hashes;

    private ReportedSecrets(
        IReadOnlyList<ReportedItem> items, SecretHash[][] hashes, IReadOnlyDictionary<SecretHash, SecretKind?> all)
    {
        _items = items;
        _hashes = hashes;
        Hashes = all;
    }

    /// <summary>What to look up, each hash once, with the kind of secret it is of where that is known.</summary>
    public IReadOnlyDictionary<SecretHash, SecretKind?> Hashes { get; }

    /// <summary>Looks into every readable item; the token may have more text around the secret.</summary>
    public static ReportedSecrets In(IReadOnlyList<ReportedItem> items, SecretFormat format)
    {
        var all = new Dictionary<SecretHash, SecretKind?>();
        var hashes = items.Select(HashesOf).ToArray();
        return new ReportedSecrets(items, hashes, all);

        SecretHash[] HashesOf(ReportedItem item)
        {
            if (item.Hash is { } hash)
            {
                all.TryAdd(hash, null);
                return [hash];
            }

            var secrets = item.Token is null ? [] : format.FindIn(item.Token);
            foreach (var secret in secrets)
            {
                all[secret.Hash] = secret.Kind;
            }

            return [.. secrets.Select(secret => secret.Hash).Distinct()];
        }
    }

    /// <summary>How many items hold a secret that we issued.</summary>
    public int CountIn(IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
        _hashes.Count(ofItem => ofItem.Any(issued.ContainsKey));

    /// <summary>What looks like ours and was never issued here.</summary>
    public IReadOnlyList<(SecretHash Hash, SecretKind? Kind)> UnmatchedIn(
        IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
        [.. Hashes.Where(pair => !issued.ContainsKey(pair.Key)).Select(pair => (pair.Key, pair.Value))];

    /// <summary>The answer to the reporter: one row for each readable item, in order.</summary>
    public IReadOnlyList<Feedback> FeedbackGiven(IReadOnlyDictionary<SecretHash, IssuedCredential> issued) =>
    [
        .. _items.Zip(_hashes)
            .Where(pair => pair.First.IsReadable)
            .Select(pair => Feedback.On(pair.First, isOurs: pair.Second.Any(issued.ContainsKey))),
    ];

    /// <summary>
    /// Each credential with each place once; its kind of place is the first one named. What is harmless to see is left out.
    /// </summary>
    public IReadOnlyList<Sighting> SightingsOf(
        IReadOnlyDictionary<SecretHash, IssuedCredential> issued, bool isPublic) =>
    [
        .. _items.Zip(_hashes)
            .SelectMany(pair => pair.Second
                .Where(issued.ContainsKey)
                .Select(hash => (Item: pair.First, Credential: issued[hash]))
                .Where(seen => !seen.Credential.IsHarmless))
            .GroupBy(seen => (seen.Credential, Place: seen.Item.Url ?? ""))
            .Select(group => new Sighting(
                group.Key.Credential,
                group.Key.Place,
                SHA256.HashData(Encoding.UTF8.GetBytes(group.Key.Place)),
                group.First().Item.Source,
                isPublic,
                group.Count())),
    ];
}
