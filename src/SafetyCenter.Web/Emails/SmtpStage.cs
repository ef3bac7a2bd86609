namespace SafetyCenter.Web.Emails;

/// <summary>How far the conversation with a mail server had come.</summary>
public enum SmtpStage
{
    /// <summary>Finding the host and opening the connection.</summary>
    Connect,

    /// <summary>The server's greeting, and ours (<c>EHLO</c>).</summary>
    Greeting,

    /// <summary>Encrypting the connection, and trusting the certificate.</summary>
    Tls,

    /// <summary>Signing in.</summary>
    Authentication,

    /// <summary><c>MAIL FROM</c>: may this sender send?</summary>
    Sender,

    /// <summary><c>RCPT TO</c>: can this recipient be reached?</summary>
    Recipient,

    /// <summary>The message itself.</summary>
    Data,
}
