using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Writes an email as the bytes that travel (RFC 5322, 2045-2047): ASCII only, lines of at most 998 characters ending
/// with CRLF, so that it passes any server unchanged. The same email always gives the same bytes.
/// <code>
/// From, To, Subject, Date, Message-ID, Auto-Submitted, further headers, MIME-Version
/// Content-Type: multipart/alternative
///   text/plain; charset=utf-8   quoted-printable
///   text/html; charset=utf-8    quoted-printable
/// </code>
/// </summary>
public static class MimeWriter
{
    // Written below, or added by servers on the way (RFC 5322, section 3.6.7).
    private static readonly HashSet<string> ReservedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Sender", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Return-Path", "Received",
    };

    /// <summary>The message with its headers.</summary>
    /// <exception cref="FormatException">
    /// An address or a header is not valid; above all, a header value holds a line break or another control character.
    /// </exception>
    public static byte[] Write(EmailMessage message, Mailbox from)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(from);
        var output = new StringBuilder();
        AppendHeaders(output, message, from);

        // "=_" cannot occur in quoted-printable text, so no line of a part can be taken for the boundary
        // (RFC 2045, section 6.7).
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(message.MessageId));
        var boundary = "=_" + Convert.ToHexStringLower(digest.AsSpan(0, 16));
        output.Append("MIME-Version: 1.0\r\n");
        output.Append("Content-Type: multipart/alternative;\r\n");
        output.Append(CultureInfo.InvariantCulture, $" boundary=\"{boundary}\"\r\n");
        output.Append("\r\n");

        // The last part is the one a reader prefers (RFC 2046, section 5.1.4).
        AppendPart(output, boundary, "text/plain", message.Text);
        AppendPart(output, boundary, "text/html", message.Html);
        output.Append(CultureInfo.InvariantCulture, $"--{boundary}--\r\n");
        return Encoding.ASCII.GetBytes(output.ToString());
    }

    private static void AppendHeaders(StringBuilder output, EmailMessage message, Mailbox from)
    {
        var date = message.Date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
        output.Append(HeaderField.Address("From", from));
        output.Append(HeaderField.Address("To", Mailbox.Parse(message.To)));
        output.Append(HeaderField.Text("Subject", message.Subject));
        output.Append(HeaderField.Ascii("Date", date));
        output.Append(HeaderField.Ascii("Message-ID", BracketedMessageId(message.MessageId)));

        // Keeps vacation responders silent (RFC 3834, section 5).
        output.Append(HeaderField.Ascii("Auto-Submitted", "auto-generated"));
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in message.Headers)
        {
            RefuseHeaderName(name, isRepeated: !names.Add(name));
            output.Append(HeaderField.Ascii(name, value));
        }
    }

    private static void AppendPart(StringBuilder output, string boundary, string contentType, string content)
    {
        output.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\n");
        output.Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}; charset=utf-8\r\n");
        output.Append("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        QuotedPrintable.Append(output, content);
    }

    private static string BracketedMessageId(string messageId)
    {
        var id = messageId.StartsWith('<') && messageId.EndsWith('>') ? messageId[1..^1] : messageId;
        return id.Split('@') is [var left, var right] && HeaderField.IsDotAtom(left) && HeaderField.IsDotAtom(right)
            ? $"<{id}>"
            : throw new FormatException("A Message-ID must read left@right, each of letters, digits and dots.");
    }

    private static void RefuseHeaderName(string name, bool isRepeated)
    {
        HeaderField.RefuseControlCharacters("The name of a header", name);
        if (name.Length == 0 || !name.All(character => character is > ' ' and <= '~' and not ':'))
        {
            throw new FormatException($"“{name}” cannot be the name of a header.");
        }

        if (isRepeated || ReservedHeaders.Contains(name)
            || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"The header {name} may not be given, or not twice.");
        }
    }
}
