using System.Globalization;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>What a mail server answered to one command: a code and one text per line (RFC 5321, section 4.2).</summary>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    // Enough for every useful sentence, too little to flood a log.
    private const int MaximumTextLength = 300;

    /// <summary>The lines as one, without control characters, cut short when very long.</summary>
    public string Text
    {
        get
        {
            var text = string.Join(' ', Lines);
            var cleaned = new string([.. text.Select(character => char.IsControl(character) ? ' ' : character)]).Trim();
            return cleaned.Length <= MaximumTextLength ? cleaned : cleaned[..MaximumTextLength] + "…";
        }
    }

    /// <summary>
    /// Takes one line, without its line break, apart into the code, whether it is the last line, and the text.
    /// </summary>
    /// <exception cref="InvalidDataException">It is not a line of a reply.</exception>
    public static (int Code, bool IsLast, string Text) ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.Length >= 3
            && int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code is >= 200 and <= 599
            && (line.Length == 3 || line[3] is (byte)' ' or (byte)'-'))
        {
            var isLast = line.Length == 3 || line[3] == ' ';
            return (code, isLast, Encoding.UTF8.GetString(line[Math.Min(4, line.Length)..]));
        }

        throw new InvalidDataException("The server does not speak SMTP.");
    }
}
