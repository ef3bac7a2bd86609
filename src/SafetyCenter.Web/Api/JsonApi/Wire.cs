using System.Globalization;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Api.JsonApi;

/// <summary>How values are written in our API: as Datadog's clients have seen them (recorded answers of its API).</summary>
internal static class Wire
{
    /// <summary>A moment of v2: microseconds and an offset.</summary>
    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>A moment of v2, or null.</summary>
    public static string? Time(DateTimeOffset? at) => at is { } known ? Time(known) : null;

    /// <summary>A moment of the access token endpoints: the same, with a Z.</summary>
    public static string TimeZ(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A moment of the access token endpoints, or null.</summary>
    public static string? TimeZ(DateTimeOffset? at) => at is { } known ? TimeZ(known) : null;

    /// <summary>A relationship to one resource, or to none.</summary>
    public static object To<T>(string type, Id<T>? id) =>
        new { data = id is { } known ? new { type, id = known.ToString() } : null };
}
