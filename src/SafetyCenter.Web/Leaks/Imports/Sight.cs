using System.Globalization;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// One finding of a report while it is being read: which secrets of ours it holds, and where. Of the texts that may hold one,
/// nothing but that is kept.
/// </summary>
internal sealed class Sight(SecretFormat format)
{
    private readonly List<Secret> _secrets = [];

    /// <summary>The file.</summary>
    public string? Path { get; set; }

    /// <summary>The line, from 1.</summary>
    public int? Line { get; private set; }

    /// <summary>The commit.</summary>
    public string? Commit { get; set; }

    /// <summary>The repository.</summary>
    public string? Repository { get; set; }

    /// <summary>Where to look at it, as the report says.</summary>
    public string? Link { get; set; }

    /// <summary>The SHA-256 of the secret, in reports that have it.</summary>
    public SecretHash? Hash { get; private set; }

    /// <summary>Whether there was a text where the secret stands, in whatever form.</summary>
    public bool HasText { get; private set; }

    /// <summary>Whether the secret was made unreadable in the report.</summary>
    public bool IsRedacted { get; private set; }

    /// <summary>Whether a part of it could not be read.</summary>
    public bool IsUnreadable { get; set; }

    /// <summary>Whether it holds something that can be looked for.</summary>
    public bool HasSecret => _secrets.Count > 0 || Hash is not null;

    /// <summary>Its secrets and nothing else.</summary>
    public string? Token => _secrets.Count == 0 ? null : string.Join(' ', _secrets.Select(secret => secret.Reveal()));

    /// <summary>Looks into the text where the secret should stand.</summary>
    public void Look(string text)
    {
        HasText = true;
        IsRedacted |= IsMasked(text);
        Glance(text);
    }

    /// <summary>Looks into a text that may well hold no secret.</summary>
    public void Glance(string text) =>
        _secrets.AddRange(format.FindIn(text).Where(found => _secrets.TrueForAll(known => known.Hash != found.Hash)));

    /// <summary>Takes over the secrets of another.</summary>
    public void TakeFrom(Sight other)
    {
        _secrets.AddRange(other._secrets);
        Hash ??= other.Hash;
        Commit ??= other.Commit;
        IsUnreadable |= other.IsUnreadable;
    }

    /// <summary>Reads the line's number.</summary>
    public void SetLine(string text) =>
        Line = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    /// <summary>Reads the secret's SHA-256.</summary>
    public void SetHash(string text)
    {
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit))
        {
            Hash = new SecretHash(Convert.FromHexString(text));
        }
        else
        {
            IsUnreadable = true;
        }
    }

    /// <summary>The text of the place.</summary>
    /// <param name="repository">The repository, where the report does not say it.</param>
    public string PlaceIn(string? repository) =>
        Link is { } link && Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? Place.Of(null, Place.WithoutCredentials(link), null, null)
            : Place.Of(Repository ?? repository, Path, Line, Commit);

    // gitleaks writes REDACTED or cuts the text with dots, Kingfisher [REDACTED:...], secretlint stars.
    private static bool IsMasked(string text) =>
        text.Contains("REDACTED", StringComparison.OrdinalIgnoreCase)
        || text.EndsWith("...", StringComparison.Ordinal)
        || text.Contains("***", StringComparison.Ordinal);
}
