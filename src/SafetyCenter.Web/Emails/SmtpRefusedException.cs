namespace SafetyCenter.Web.Emails;

/// <summary>
/// The mail server answered, and the answer was no (RFC 5321, section 4.2). The message holds the server's words,
/// without line breaks and without our password.
/// </summary>
public sealed class SmtpRefusedException(SmtpStage stage, int code, string reply)
    : Exception($"The mail server refused ({stage}): {code} {reply}")
{
    /// <summary>What was refused.</summary>
    public SmtpStage Stage { get; } = stage;

    /// <summary>The reply code, 400 to 599.</summary>
    public int Code { get; } = code;

    /// <summary>4xx: the same may be accepted later. 5xx: it will not, unless somebody changes something.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>
    /// Whether the refusal is about this one email. If not, it is about the configuration (a wrong password, a sender
    /// that may not send): then every email would be refused alike, and none of them should be given up.
    /// </summary>
    public bool ConcernsThisEmail => Stage is SmtpStage.Recipient or SmtpStage.Data;
}
