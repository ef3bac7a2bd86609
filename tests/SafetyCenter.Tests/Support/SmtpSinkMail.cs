using System.Text;
using System.Text.RegularExpressions;

namespace SafetyCenter.Tests.Support;

public sealed partial class SmtpSink
{
    /// <summary>An email as a server gets it and as its reader sees it.</summary>
    public sealed partial class Mail
    {
        private readonly Dictionary<string, string> _headers;

        public Mail(
            string sender, IReadOnlyList<string> recipients, string raw, bool wasEncrypted = false, string? user = null)
        {
            (Sender, Recipients, Raw, WasEncrypted, User) = (sender, recipients, raw, wasEncrypted, user);
            (_headers, var body) = Parse(raw);
            var boundary = BoundaryPattern().Match(_headers.GetValueOrDefault("Content-Type", "")).Groups[1].Value;
            if (boundary.Length == 0)
            {
                throw new FormatException("The email has no parts.");
            }

            foreach (var part in body.Split($"--{boundary}")[1..^1])
            {
                var (headers, content) = Parse(part[2..^2]);
                var decoded = headers["Content-Transfer-Encoding"] == "quoted-printable"
                    ? FromQuotedPrintable(content)
                    : throw new FormatException("Only quoted-printable is understood here.");
                _ = headers["Content-Type"] switch
                {
                    "text/plain; charset=utf-8" => Text = decoded,
                    "text/html; charset=utf-8" => Html = decoded,
                    var other => throw new FormatException($"An unexpected part: {other}"),
                };
            }
        }

        /// <summary>The envelope's return address.</summary>
        public string Sender { get; }

        /// <summary>The envelope's recipients.</summary>
        public IReadOnlyList<string> Recipients { get; }

        /// <summary>Every byte as one character, dots already undoubled, line breaks as they came.</summary>
        public string Raw { get; }

        public bool WasEncrypted { get; }

        /// <summary>Who was signed in, if anybody.</summary>
        public string? User { get; }

        public string From => Header("From");

        public string To => Header("To");

        public string Subject => Header("Subject");

        /// <summary>With its angle brackets.</summary>
        public string MessageId => Header("Message-ID");

        /// <summary>The plain text, with LF as line break and without one at the end.</summary>
        public string Text { get; } = "";

        /// <summary>The HTML, likewise.</summary>
        public string Html { get; } = "";

        /// <summary>The value of a header, unfolded and decoded; empty when there is none.</summary>
        public string Header(string name) => _headers.GetValueOrDefault(name, "");

        /// <summary>Reads an <c>.eml</c> file.</summary>
        public static Mail FromFile(string path)
        {
            var raw = Encoding.Latin1.GetString(File.ReadAllBytes(path));
            return new Mail("", [], raw);
        }

        private static (Dictionary<string, string> Headers, string Body) Parse(string raw)
        {
            var end = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var field in raw[..end].Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n"))
            {
                var colon = field.IndexOf(':', StringComparison.Ordinal);
                headers.Add(field[..colon], FromEncodedWords(field[(colon + 1)..].Trim()));
            }

            return (headers, raw[(end + 4)..]);
        }

        // RFC 2047: white space between two encoded-words is not part of the text. Each is decoded alone, and strictly,
        // so that a character split between two of them shows.
        private static string FromEncodedWords(string value) =>
            EncodedWordPattern().Replace(
                BetweenEncodedWordsPattern().Replace(value, "?==?"),
                word => StrictUtf8.GetString(Convert.FromBase64String(word.Groups[1].Value)));

        private static string FromQuotedPrintable(string content)
        {
            var bytes = new List<byte>();
            var joined = content.Replace("=\r\n", "", StringComparison.Ordinal);
            for (var i = 0; i < joined.Length; i++)
            {
                if (joined[i] == '=')
                {
                    bytes.Add(Convert.ToByte(joined.Substring(i + 1, 2), 16));
                    i += 2;
                }
                else
                {
                    bytes.Add((byte)joined[i]);
                }
            }

            return StrictUtf8.GetString([.. bytes]).Replace("\r\n", "\n", StringComparison.Ordinal);
        }

        private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

        [GeneratedRegex("boundary=\"([^\"]+)\"")]
        private static partial Regex BoundaryPattern();

        [GeneratedRegex(@"=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=", RegexOptions.IgnoreCase)]
        private static partial Regex EncodedWordPattern();

        [GeneratedRegex(@"\?= +=\?")]
        private static partial Regex BetweenEncodedWordsPattern();
    }
}
