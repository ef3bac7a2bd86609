using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Which mail server to use, and as whom: the configuration section <c>Smtp</c> with <c>Host</c>, <c>Port</c>,
/// <c>User</c>, <c>Password</c>, <c>Tls</c> and <c>From</c>. Without a host there is no mail server, and only
/// <see cref="From"/> has a meaning. It prints without the password.
/// </summary>
public sealed class SmtpOptions
{
    /// <summary>Options with the given sender and no server yet.</summary>
    public SmtpOptions(Mailbox from)
    {
        ArgumentNullException.ThrowIfNull(from);
        From = from;
    }

    /// <summary>The sender of all emails, shown to the reader and used as the envelope's return address.</summary>
    public Mailbox From { get; }

    /// <summary>A host name or IP address; empty when there is no mail server.</summary>
    public string Host { get; init; } = "";

    /// <summary>The TCP port; unless set, the usual one of <see cref="Tls"/>: 587, 465 or 25.</summary>
    public int Port
    {
        get => field != 0 ? field : Tls switch { SmtpTls.StartTls => 587, SmtpTls.Implicit => 465, _ => 25 };
        init;
    }

    /// <summary>How the connection is encrypted.</summary>
    public SmtpTls Tls { get; init; } = SmtpTls.StartTls;

    /// <summary>The account to sign in with; null for a server that asks for none.</summary>
    public string? User { get; init; }

    /// <summary>The account's password.</summary>
    public string? Password { get; init; }

    /// <summary>Whom to trust instead of the system's roots: for tests with certificates of their own.</summary>
    internal X509Certificate2Collection? TrustedRoots { get; init; }

    internal SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Default;

    /// <summary>Whether the host is this machine by name, so that nobody can listen on the way.</summary>
    internal bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>
    /// Reads the section <c>Smtp</c>; an empty value is as good as none. The sender defaults to
    /// <c>SafetyCenter &lt;safetycenter@HOST&gt;</c> with the host of <paramref name="publicUrl"/>.
    /// </summary>
    /// <exception cref="OptionsValidationException">Values are missing or wrong: one sentence for each.</exception>
    public static SmtpOptions Read(IConfiguration configuration, Uri publicUrl)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(publicUrl);
        var section = configuration.GetSection("Smtp");
        var failures = new List<string>();
        var options = new SmtpOptions(ReadFrom(Value(section, "From"), publicUrl, failures))
        {
            Host = Value(section, "Host") ?? "",
            Port = ReadPort(Value(section, "Port"), failures),
            Tls = ReadTls(Value(section, "Tls"), failures),
            User = Value(section, "User"),
            Password = Value(section, "Password"),
        };
        failures.AddRange(options.Failures());
        return failures.Count == 0
            ? options
            : throw new OptionsValidationException("Smtp", typeof(SmtpOptions), failures);
    }

    /// <summary>What is wrong with the values taken together, in sentences for the operator.</summary>
    internal IEnumerable<string> Failures()
    {
        if (Host.Length == 0)
        {
            yield break;
        }

        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
        {
            yield return "Smtp:Host must be a host name or an IP address alone, without scheme or port.";
        }

        if ((User is null) != (Password is null))
        {
            yield return "Smtp:User and Smtp:Password belong together: set both, or neither.";
        }

        if (User?.Any(char.IsControl) == true || Password?.Contains('\0') == true)
        {
            yield return "Smtp:User may not hold control characters, nor Smtp:Password the character U+0000.";
        }

        if (Password is not null && Tls == SmtpTls.None && !IsLoopback)
        {
            yield return "Smtp:Password would cross the network unencrypted: set Smtp:Tls to StartTls or Implicit.";
        }
    }

    /// <summary>Host, port, encryption, account and sender; never the password.</summary>
    public override string ToString() =>
        Host.Length == 0
            ? $"no mail server, from {From}"
            : $"{Host}:{Port}, {Tls}, {User ?? "no account"}, from {From}";

    private static string? Value(IConfigurationSection section, string key) =>
        string.IsNullOrWhiteSpace(section[key]) ? null : section[key];

    private static Mailbox ReadFrom(string? value, Uri publicUrl, List<string> failures)
    {
        try
        {
            return value is null
                ? Mailbox.At("SafetyCenter", "safetycenter", publicUrl.IdnHost)
                : Mailbox.Parse(value);
        }
        catch (FormatException unreadable)
        {
            failures.Add($"Smtp:From must read like “SafetyCenter <keys@example.com>”. {unreadable.Message}");
            return Mailbox.At("SafetyCenter", "safetycenter", "localhost");
        }
    }

    private static int ReadPort(string? value, List<string> failures)
    {
        if (value is null)
        {
            return 0;
        }

        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= 1 and <= IPEndPoint.MaxPort)
        {
            return port;
        }

        failures.Add($"Smtp:Port must be a number from 1 to {IPEndPoint.MaxPort}, not “{value}”.");
        return 0;
    }

    private static SmtpTls ReadTls(string? value, List<string> failures)
    {
        if (value is null)
        {
            return SmtpTls.StartTls;
        }

        foreach (var tls in Enum.GetValues<SmtpTls>())
        {
            if (value.Equals(tls.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return tls;
            }
        }

        failures.Add($"Smtp:Tls must be None, StartTls or Implicit, not “{value}”.");
        return SmtpTls.StartTls;
    }
}
