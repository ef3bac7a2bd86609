namespace SafetyCenter.Web.Emails;

/// <summary>
/// How long to wait for a mail server. RFC 5321, section 4.5.3.2, would have minutes for each step, for relays that
/// queue; a person waits for our emails, and who does not answer now is asked again later.
/// </summary>
/// <param name="Connect">For the address and the connection.</param>
/// <param name="Step">For each command with its whole reply, and for the TLS handshake.</param>
/// <param name="EndOfData">For the message and its acceptance: longer, for giving up here may deliver it twice.</param>
/// <param name="Email">For one email, all steps together.</param>
internal sealed record SmtpTimeouts(TimeSpan Connect, TimeSpan Step, TimeSpan EndOfData, TimeSpan Email)
{
    public static SmtpTimeouts Default { get; } = new(
        Connect: TimeSpan.FromSeconds(15),
        Step: TimeSpan.FromSeconds(30),
        EndOfData: TimeSpan.FromMinutes(3),
        Email: TimeSpan.FromMinutes(5));
}
