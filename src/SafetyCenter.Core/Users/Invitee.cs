namespace SafetyCenter.Core.Users;

/// <summary>
/// Somebody who is to be invited, as a pasted list names them: <c>ann@acme.example</c>, <c>Ann Doe &lt;ann@acme.example&gt;</c>
/// or <c>"Doe, Ann" &lt;ann@acme.example&gt;</c>.
/// </summary>
/// <param name="Email">Their address.</param>
/// <param name="Name">Their name, when the list has one.</param>
public sealed record Invitee(string Email, string? Name)
{
    /// <summary>The entries of a list: one per line, or several with commas or semicolons between; blank ones are none.</summary>
    public static IReadOnlyList<string> Split(string? list)
    {
        var text = list ?? "";
        var entries = new List<string>();
        var (start, isQuoted) = (0, false);
        for (var i = 0; i <= text.Length; i++)
        {
            // A quotation that is never closed ends with its line, and takes no other line with it.
            var isEndOfLine = i == text.Length || text[i] is '\n' or '\r';
            if (isEndOfLine || (!isQuoted && text[i] is ',' or ';'))
            {
                entries.Add(text[start..i].Trim());
                (start, isQuoted) = (i + 1, isQuoted && !isEndOfLine);
            }
            else if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
        }

        entries.RemoveAll(entry => entry.Length == 0);
        return entries;
    }

    /// <summary>Reads one entry.</summary>
    /// <exception cref="RefusedException">The address or the name cannot be.</exception>
    public static Invitee Read(string entry)
    {
        var open = entry.EndsWith('>') ? entry.LastIndexOf('<') : -1;
        return open < 0
            ? new Invitee(Text.Email(entry), Name: null)
            : new Invitee(Text.Email(entry[(open + 1)..^1]), User.CleanName(entry[..open].Trim().Trim('"')));
    }
}
