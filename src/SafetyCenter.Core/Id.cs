using System.Diagnostics.CodeAnalysis;

namespace SafetyCenter.Core;

/// <summary>An id that knows what it names, so that a user's id cannot be passed where a credential's is meant.</summary>
/// <remarks>
/// Parsing never fails: text that is no UUID reads as the empty id, which names nothing. A malformed id is therefore
/// answered like an unknown one, with 404, which is what Datadog's API does.
/// </remarks>
/// <typeparam name="T">The entity that is named.</typeparam>
public readonly record struct Id<T>(Guid Value) : IParsable<Id<T>>, IComparable<Id<T>>
{
    /// <summary>A new id that sorts by the time it was made (UUID version 7).</summary>
    public static Id<T> New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    /// <inheritdoc />
    public static Id<T> Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var id) ? id : default;

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Id<T> result)
    {
        result = Guid.TryParseExact(s, "D", out var value) ? new Id<T>(value) : default;
        return true;
    }

    /// <inheritdoc />
    public int CompareTo(Id<T> other) => Value.CompareTo(other.Value);

    /// <summary>The UUID in its 36-character form.</summary>
    public override string ToString() => Value.ToString("D");

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(Id<T> left, Id<T> right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(Id<T> left, Id<T> right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(Id<T> left, Id<T> right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(Id<T> left, Id<T> right) => left.CompareTo(right) >= 0;
}
