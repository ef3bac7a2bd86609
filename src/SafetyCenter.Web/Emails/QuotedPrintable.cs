using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Text as short lines of ASCII that a person can still read (RFC 2045, section 6.7). The charset is UTF-8.
/// </summary>
internal static class QuotedPrintable
{
    // 76 with the "=" of a soft line break.
    private const int MaximumLineLength = 75;

    /// <summary>Appends the text; its line breaks, of any kind, become CRLF, and it ends with one.</summary>
    public static void Append(StringBuilder output, string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (lines.EndsWith('\n'))
        {
            lines = lines[..^1];
        }

        foreach (var line in lines.Split('\n'))
        {
            AppendLine(output, Encoding.UTF8.GetBytes(line));
            output.Append("\r\n");
        }
    }

    private static void AppendLine(StringBuilder output, byte[] line)
    {
        var column = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var isLiteral = IsLiteral(line[i], isLast: i == line.Length - 1);
            var length = isLiteral ? 1 : 3;
            if (column + length > MaximumLineLength)
            {
                output.Append("=\r\n");
                column = 0;
            }

            _ = isLiteral
                ? output.Append((char)line[i])
                : output.Append('=').Append(Convert.ToHexString(line, i, 1));
            column += length;
        }
    }

    // White space at the end of a line may get lost on the way, so there it is not literal.
    private static bool IsLiteral(byte value, bool isLast) =>
        value is (byte)' ' or (byte)'\t' ? !isLast : value is >= (byte)'!' and <= (byte)'~' and not (byte)'=';
}
