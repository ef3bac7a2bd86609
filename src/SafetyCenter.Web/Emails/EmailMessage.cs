using System.Collections.ObjectModel;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// One email to one recipient, ready to be sent. The sender is not part of it: the installation has one.
/// </summary>
/// <param name="MessageId">
/// The identification of RFC 5322, section 3.6.4, such as <c>7c1e@example.test</c>, with or without angle brackets.
/// A repeated attempt must carry the same one, so that a receiver can tell a repetition from a second email.
/// </param>
/// <param name="To">One address, with or without a name: see <see cref="Mailbox.Parse"/>.</param>
/// <param name="Subject">Any text without control characters.</param>
/// <param name="Text">The plain text; any line endings.</param>
/// <param name="Html">The same as a whole HTML document; any line endings.</param>
public sealed record EmailMessage(string MessageId, string To, string Subject, string Text, string Html)
{
    /// <summary>When the email was written; a repeated attempt keeps it.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>
    /// Further header fields in ASCII, such as <c>In-Reply-To</c>, <c>References</c> or <c>List-Unsubscribe</c>.
    /// Those that <see cref="MimeWriter"/> writes itself may not be among them.
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
