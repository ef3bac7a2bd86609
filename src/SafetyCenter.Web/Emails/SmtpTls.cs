namespace SafetyCenter.Web.Emails;

/// <summary>How the connection to the mail server is encrypted.</summary>
public enum SmtpTls
{
    /// <summary>Not at all; port 25. A password is then sent to this very machine only.</summary>
    None,

    /// <summary>From the command STARTTLS on, demanded and never skipped (RFC 3207); port 587.</summary>
    StartTls,

    /// <summary>From the first byte (RFC 8314); port 465.</summary>
    Implicit,
}
