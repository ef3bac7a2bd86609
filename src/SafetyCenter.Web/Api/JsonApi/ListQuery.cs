using System.Globalization;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Api.JsonApi;

/// <summary>
/// What a list is asked for: <c>page[size]</c>, <c>page[number]</c>, <c>sort</c>, <c>filter</c>, <c>include</c>. A size
/// above the maximum is clamped, for clients that ask for everything; what cannot be understood is refused.
/// </summary>
internal sealed class ListQuery
{
    /// <summary>The largest page (and, for keys and tokens, also the page of a client that names no size).</summary>
    public const int SizeMax = 100;

    private readonly IQueryCollection _query;

    private ListQuery(IQueryCollection query, int size, int number, string sort, bool descending)
    {
        _query = query;
        Size = size;
        Number = number;
        Sort = sort;
        Descending = descending;
        Filter = query["filter"].ToString() is { Length: > 0 } filter ? filter : null;
    }

    /// <summary>Rows on a page.</summary>
    public int Size { get; }

    /// <summary>The page, from 0.</summary>
    public int Number { get; }

    /// <summary>What to sort by.</summary>
    public string Sort { get; }

    /// <summary>Whether the highest comes first.</summary>
    public bool Descending { get; }

    /// <summary>What the rows must hold somewhere in their name (or last four); null for all.</summary>
    public string? Filter { get; }

    /// <summary>Whether it asks for all rows, so that the kept counter tells how many there are.</summary>
    public bool IsUnfiltered => !_query.Keys.Any(key => key.StartsWith("filter", StringComparison.Ordinal));

    /// <summary>How many rows come before the page.</summary>
    public int Skip => (int)Math.Min((long)Number * Size, int.MaxValue);

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sorts">What can be sorted by; the first is the default.</param>
    /// <param name="sizeDefault">Rows on a page when no size is named.</param>
    /// <exception cref="RefusedException">Something that cannot be.</exception>
    public static ListQuery Read(HttpRequest request, IReadOnlyList<string> sorts, int sizeDefault = SizeMax)
    {
        var query = request.Query;
        if (query.Any(parameter => parameter.Value.ToString().Contains('\0')))
        {
            throw RefusedException.Invalid("A parameter contains a character that no text can hold.");
        }

        var size = Whole(query, "page[size]", sizeDefault);
        if (size == 0)
        {
            throw RefusedException.Invalid("page[size] must be at least 1.", "page[size]");
        }

        var sort = query["sort"].ToString();
        var descending = sort.StartsWith('-')
            || string.Equals(query["sort_dir"].ToString(), "desc", StringComparison.OrdinalIgnoreCase);
        var name = sort.TrimStart('-');
        return name.Length == 0 || sorts.Contains(name)
            ? new ListQuery(
                query, Math.Min(size, SizeMax), Whole(query, "page[number]", 0), name.Length == 0 ? sorts[0] : name, descending)
            : throw RefusedException.Invalid(
                $"sort can be one of {string.Join(", ", sorts)}, with a minus for descending.", "sort");
    }

    /// <summary>Which related resources to send along.</summary>
    /// <param name="request">The request.</param>
    /// <param name="allowed">Which there are.</param>
    /// <exception cref="RefusedException">One that is not there.</exception>
    public static IReadOnlyList<string> Included(HttpRequest request, params string[] allowed)
    {
        var wanted = request.Query["include"].ToString()
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return wanted.FirstOrDefault(name => !allowed.Contains(name)) is { } unknown
            ? throw RefusedException.Invalid(
                $"include can hold {string.Join(", ", allowed)}; “{Cut(unknown)}” is not there.", "include")
            : wanted;
    }

    /// <summary>The pattern of texts that hold a part, for ILIKE with a backslash before what is meant as written.</summary>
    public static string Like(string part) =>
        $"%{part.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";

    /// <summary>A text parameter; null when it was not sent.</summary>
    public string? Text(string name) => _query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A moment, such as <c>filter[created_at][start]</c>; null when it was not sent.</summary>
    /// <exception cref="RefusedException">It is none.</exception>
    public DateTimeOffset? Time(string name) => Text(name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.ToUniversalTime()
            : throw RefusedException.Invalid($"{name} must be a time like 2027-01-31T12:00:00Z.", name);

    /// <summary>A truth value; null when it was not sent.</summary>
    /// <exception cref="RefusedException">It is none.</exception>
    public bool? Flag(string name) => Text(name) is not { } text ? null
        : bool.TryParse(text, out var flag)
            ? flag
            : throw RefusedException.Invalid($"{name} must be true or false.", name);

    private static int Whole(IQueryCollection query, string name, int otherwise)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
        {
            return otherwise;
        }

        // A number too large to count with means "as many as there are".
        return text.All(char.IsAsciiDigit)
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue
            : throw RefusedException.Invalid($"{name} must be a whole number, 0 or more.", name);
    }

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
