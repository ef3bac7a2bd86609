using System.Buffers;

namespace SafetyCenter.Web.Emails;

/// <summary>A message as it travels after DATA: dots doubled, one alone at the end (RFC 5321, section 4.5.2).</summary>
internal static class SmtpData
{
    /// <exception cref="FormatException">
    /// There is a CR or LF alone. Servers differ in whether it ends a line, and so in where the message ends:
    /// what comes after could be taken for commands (SMTP smuggling, CVE-2023-51764).
    /// </exception>
    public static ReadOnlyMemory<byte> Encode(ReadOnlySpan<byte> message)
    {
        var output = new ArrayBufferWriter<byte>(message.Length + 64);
        var rest = message;
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAny((byte)'\r', (byte)'\n');
            var line = length < 0 ? rest : rest[..length];
            if (length >= 0 && !rest[length..].StartsWith("\r\n"u8))
            {
                throw new FormatException("A message may hold CR and LF only as line ends, together.");
            }

            if (line.StartsWith("."u8))
            {
                output.Write("."u8);
            }

            output.Write(line);
            output.Write("\r\n"u8);
            rest = length < 0 ? default : rest[(length + 2)..];
        }

        output.Write(".\r\n"u8);
        return output.WrittenMemory;
    }
}
