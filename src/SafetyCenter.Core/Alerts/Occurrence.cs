using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Alerts;

/// <summary>One place where the credential of an alert was seen.</summary>
public sealed class Occurrence
{
    /// <summary>The longest place that is kept, in characters; what is longer is cut.</summary>
    public const int PlaceLengthMax = 100_000;

    /// <summary>Its id.</summary>
    public Id<Occurrence> Id { get; private set; }

    /// <summary>The organization whose credential it is.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The alert it belongs to.</summary>
    public Id<Alert> AlertId { get; private set; }

    /// <summary>The address as the reporter gave it, in full; empty when none was given. Nothing vouches for it.</summary>
    public string Place { get; private set; } = "";

    /// <summary>SHA-256 of the place in UTF-8: a place can be longer than an index entry may be.</summary>
    public byte[] PlaceDigest { get; private set; } = [];

    /// <summary>What kind of place it is.</summary>
    public LeakSource Source { get; private set; }

    /// <summary>Whether anybody can read it.</summary>
    public bool IsPublic { get; private set; }

    /// <summary>The report that first named it.</summary>
    public Id<LeakReport>? ReportId { get; private set; }

    /// <summary>When we were first told of this place.</summary>
    public DateTimeOffset FirstSeenAt { get; private set; }

    /// <summary>When we were last told of it.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>How many reports named it.</summary>
    public int Times { get; private set; }

    /// <summary>The place as a link, when it is one that a browser may follow safely: http or https, no credentials.</summary>
    public Uri? Link =>
        Uri.TryCreate(Place.Trim(), UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.UserInfo.Length == 0
        && !Place.Trim().Any(char.IsControl)
            ? uri
            : null;
}
