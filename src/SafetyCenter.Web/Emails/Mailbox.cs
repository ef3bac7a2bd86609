using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// An address and the name shown beside it (RFC 5322, section 3.4). The address is always ASCII and safe to be put
/// between angle brackets on the wire: an international domain is held as punycode (RFC 5891).
/// </summary>
public sealed record Mailbox
{
    // RFC 5321, section 4.5.3.1: 64 octets before the @; 256 for a path, of which the angle brackets take two.
    private const int MaximumLocalPartLength = 64;
    private const int MaximumAddressLength = 254;

    private static readonly SearchValues<char> Specials = SearchValues.Create("<>()[]\\,;:@\"");

    private Mailbox(string displayName, string address) => (DisplayName, Address) = (displayName, address);

    /// <summary>The name, unquoted, in any script; empty when there is none.</summary>
    public string DisplayName { get; }

    /// <summary>The address, such as <c>ann@example.test</c> or <c>root@[127.0.0.1]</c>.</summary>
    public string Address { get; }

    /// <summary>
    /// Reads <c>ann@example.test</c>, <c>Ann &lt;ann@example.test&gt;</c> or
    /// <c>"Doe, Ann" &lt;ann@example.test&gt;</c>.
    /// </summary>
    /// <exception cref="FormatException">
    /// It is none of these, holds control characters, or needs what we do not send: a quoted local part, or one outside
    /// ASCII (which would need SMTPUTF8, RFC 6531, on the whole way).
    /// </exception>
    public static Mailbox Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        HeaderField.RefuseControlCharacters("An email address", text);
        var trimmed = text.Trim();
        if (!trimmed.EndsWith('>'))
        {
            return new Mailbox("", ParseAddress(trimmed));
        }

        var open = trimmed.LastIndexOf('<');
        if (open < 0)
        {
            throw new FormatException($"“{trimmed}” is no email address: a '<' is missing.");
        }

        return new Mailbox(ParseDisplayName(trimmed[..open].Trim()), ParseAddress(trimmed[(open + 1)..^1]));
    }

    /// <summary>The address on a host; an IP address becomes a literal (RFC 5321, section 4.1.3).</summary>
    /// <exception cref="FormatException">Host or local part cannot stand in an address.</exception>
    public static Mailbox At(string displayName, string localPart, string host)
    {
        HeaderField.RefuseControlCharacters("A name", displayName);
        var domain = IPAddress.TryParse(host, out var address) ? Literal(address) : host;
        return new Mailbox(displayName, ParseAddress($"{localPart}@{domain}"));
    }

    /// <summary>As it can be parsed again.</summary>
    public override string ToString() =>
        DisplayName.Length == 0 ? Address : $"{HeaderField.Quoted(DisplayName)} <{Address}>";

    /// <summary>An IP address in place of a domain (RFC 5321, section 4.1.3), without an IPv6 zone.</summary>
    internal static string Literal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"[{address}]"
            : $"[IPv6:{new IPAddress(address.GetAddressBytes())}]";
    }

    private static string ParseDisplayName(string name)
    {
        if (name.Length >= 2 && name[0] == '"' && name[^1] == '"')
        {
            return Unquoted(name[1..^1]);
        }

        // Two addresses with a comma between must not become one address with a strange name.
        if (name.AsSpan().ContainsAny(Specials))
        {
            throw new FormatException($"The name “{name}” must stand in double quotes, or be without punctuation.");
        }

        return name;
    }

    private static string Unquoted(string quoted)
    {
        var name = new System.Text.StringBuilder();
        for (var i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] == '"' || (quoted[i] == '\\' && ++i == quoted.Length))
            {
                throw new FormatException("The quotes of a name in an email address do not match.");
            }

            name.Append(quoted[i]);
        }

        return name.ToString();
    }

    private static string ParseAddress(string address)
    {
        var at = address.LastIndexOf('@');
        if (at <= 0 || at == address.Length - 1)
        {
            throw new FormatException($"“{address}” is no email address: it must read name@host.");
        }

        var localPart = address[..at];
        RefuseLocalPart(address, localPart);
        var result = $"{localPart}@{ParseDomain(address, address[(at + 1)..])}";
        return result.Length <= MaximumAddressLength
            ? result
            : throw new FormatException($"An email address has at most {MaximumAddressLength} characters.");
    }

    private static void RefuseLocalPart(string address, string localPart)
    {
        if (!System.Text.Ascii.IsValid(localPart))
        {
            throw new FormatException(
                $"“{address}” cannot be written to: letters outside ASCII before the @ are not supported.");
        }

        if (localPart.Length > MaximumLocalPartLength || !HeaderField.IsDotAtom(localPart))
        {
            throw new FormatException($"“{address}” is no email address: what stands before the @ is not valid.");
        }
    }

    private static string ParseDomain(string address, string domain)
    {
        if (domain[0] == '[' && domain[^1] == ']')
        {
            var inner = domain[1..^1];
            var isTaggedAsIPv6 = inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
            if (IPAddress.TryParse(isTaggedAsIPv6 ? inner[5..] : inner, out var literal)
                && isTaggedAsIPv6 == (literal.AddressFamily == AddressFamily.InterNetworkV6))
            {
                return Literal(literal);
            }
        }

        return ToAsciiDomain(domain) is { } ascii && ascii.Split('.').All(IsLabel)
            ? ascii
            : throw new FormatException($"“{address}” is no email address: “{domain}” is no host name.");
    }

    private static string? ToAsciiDomain(string domain)
    {
        if (System.Text.Ascii.IsValid(domain))
        {
            return domain;
        }

        try
        {
            return new IdnMapping().GetAscii(domain);
        }
        catch (ArgumentException)
        {
            // The mapping has no other way to say that a name is not valid; the caller says it in our words.
            return null;
        }
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63
        && label[0] != '-' && label[^1] != '-'
        && label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-');
}
