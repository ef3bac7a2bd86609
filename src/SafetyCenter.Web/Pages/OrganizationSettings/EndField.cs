using System.Globalization;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The part of a form that says when a credential ends: a short list, or a time of one's own.</summary>
/// <param name="Ends">What was chosen from the list, in days; empty for never, null when nothing was sent.</param>
/// <param name="ExpiresAt">The time that was typed, which wins.</param>
/// <param name="MayLast">Whether it may have no end.</param>
public sealed record EndField(string? Ends, string? ExpiresAt, bool MayLast)
{
    /// <summary>What most people want.</summary>
    public static readonly IReadOnlyList<int> Presets = [30, 90, 365];

    private const string Usual = "90";

    /// <summary>The choice that stands in the form.</summary>
    public string Chosen => Ends ?? (MayLast ? "" : Usual);

    /// <summary>The end that was chosen; null for none.</summary>
    /// <exception cref="RefusedException">It is no time, or none of the list.</exception>
    public DateTimeOffset? Read(DateTimeOffset now) =>
        string.IsNullOrWhiteSpace(ExpiresAt)
            ? Chosen == "" && MayLast ? null
                : Presets.FirstOrDefault(days => Chosen == days.ToString(CultureInfo.InvariantCulture)) is > 0 and var days
                    ? now.AddDays(days)
                    : throw RefusedException.Invalid("Choose when it ends.", "ends")
            : At(ExpiresAt, "expiresAt");

    /// <summary>A time as a browser's field sends it; without a zone it is UTC.</summary>
    /// <exception cref="RefusedException">It is no time.</exception>
    public static DateTimeOffset At(string text, string field) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at)
            ? at
            : throw RefusedException.Invalid("This is no date and time. Write it like 2026-12-31 18:00.", field);
}
