using System.Text;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

public sealed class MimeWriterTests
{
    [Fact]
    public void An_email_looks_like_this()
    {
        var email = Email(subject: "Bob’s key", text: "Größe = 1\nend ", html: "<p>ok</p>\r\n") with
        {
            Headers = new Dictionary<string, string> { ["In-Reply-To"] = "<alert.0@example.test>" },
        };

        Assert.Equal(
            """
            From: "SafetyCenter" <safetycenter@example.test>
            To: ann@example.test
            Subject: =?utf-8?B?Qm9i4oCZcyBrZXk=?=
            Date: Thu, 31 Jan 2030 12:05:06 +0000
            Message-ID: <alert.1@example.test>
            Auto-Submitted: auto-generated
            In-Reply-To: <alert.0@example.test>
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="=_fba05fe52fcc53cc67695d5ff2f2b512"

            --=_fba05fe52fcc53cc67695d5ff2f2b512
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Gr=C3=B6=C3=9Fe =3D 1
            end=20
            --=_fba05fe52fcc53cc67695d5ff2f2b512
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <p>ok</p>
            --=_fba05fe52fcc53cc67695d5ff2f2b512--

            """.ReplaceLineEndings("\r\n"),
            Raw(email));
    }

    [Theory]
    [InlineData("A key was leaked")]
    [InlineData("🔑 leaked 👩‍👩‍👧‍👦 by Ann 🏴󠁧󠁢󠁷󠁬󠁳󠁿 and again 🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑")]
    [InlineData("המפתח של בוב דלף, ויש להחליף אותו עוד היום לפני שמישהו ישתמש בו לרעה ללא ידיעתנו")]
    [InlineData("  two  spaces are kept, at the ends too ")]
    [InlineData("=?utf-8?B?bm90IGFuIGVuY29kZWQgd29yZA==?=")]
    [InlineData("100% = ?")]
    public void A_subject_in_any_script_arrives_as_it_was(string subject)
    {
        var raw = Raw(Email(subject: subject));

        Assert.Equal(subject, Read(raw).Subject);
        Assert.All(HeaderLines(raw), line => Assert.True(line.Length <= 76, line));
    }

    // Every length and offset once, so that some encoded-word would end inside a character if one could.
    [Fact]
    public void An_encoded_word_is_at_most_75_characters_and_never_splits_a_character()
    {
        for (var offset = 0; offset < 4; offset++)
        {
            for (var length = 1; length < 60; length++)
            {
                var subject = new string('é', offset) + string.Concat(Enumerable.Repeat("🔑é€a", length));
                var raw = Raw(Email(subject: subject));

                var words = raw.Split(' ', '\r', '\n').Where(word => word.StartsWith("=?", StringComparison.Ordinal));
                Assert.All(words, word => Assert.True(word.Length <= 75, word));
                Assert.Equal(subject, Read(raw).Subject);
            }
        }
    }

    [Fact]
    public void A_long_plain_subject_is_folded_and_stays_readable()
    {
        var subject = string.Join(' ', Enumerable.Repeat("word", 60));

        var raw = Raw(Email(subject: subject));

        Assert.DoesNotContain("=?", raw, StringComparison.Ordinal);
        Assert.All(HeaderLines(raw), line => Assert.True(line.Length <= 76, line));
        Assert.Equal(subject, Read(raw).Subject);
    }

    [Fact]
    public void A_word_longer_than_any_line_is_no_trouble_in_a_subject()
    {
        var subject = new string('x', 3000);

        Assert.Equal(subject, Read(Raw(Email(subject: subject))).Subject);
    }

    [Fact]
    public void Bodies_arrive_as_they_were_in_short_lines_of_ASCII()
    {
        var text = $"{new string('x', 5000)}\n.\n..\nFrom here\n \n\ttab\t\n🔑 שלום = 1 \n\n--=_\n\u0001\u0000";
        var html = $"<p>{string.Concat(Enumerable.Repeat("é", 3000))}</p>";

        var raw = Raw(Email(text: text, html: html));

        Assert.All(raw.Split("\r\n"), line => Assert.True(line.Length <= 76, line));
        Assert.All(raw, character => Assert.True(character is '\r' or '\n' or '\t' or (>= ' ' and <= '~')));
        Assert.Equal(text, Read(raw).Text);
        Assert.Equal(html, Read(raw).Html);
    }

    [Fact]
    public void Any_line_break_becomes_CRLF()
    {
        Assert.Equal("a\nb\nc\n\nd", Read(Raw(Email(text: "a\rb\nc\r\n\rd\n"))).Text);
        Assert.DoesNotMatch("[^\r]\n|\r[^\n]", Raw(Email(text: "a\rb\nc\r\n\rd\n")));
    }

    [Fact]
    public void A_name_beside_an_address_is_quoted_or_encoded()
    {
        Assert.Contains("\r\nTo: \"Doe, \\\"Ann\\\"\" <ann@example.test>\r\n",
            Raw(Email(to: "\"Doe, \\\"Ann\\\"\" <ann@example.test>")), StringComparison.Ordinal);
        Assert.Equal("Çağla Öz <ann@example.test>", Read(Raw(Email(to: "Çağla Öz <ann@example.test>"))).To);
    }

    [Fact]
    public void A_long_list_of_references_is_folded_between_them()
    {
        var references = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"<alert.{i}@example.test>"));

        var raw = Raw(With("References", references));

        Assert.All(HeaderLines(raw), line => Assert.True(line.Length <= 76, line));
        Assert.Equal(references, Read(raw).Header("References"));
    }

    [Theory]
    [InlineData("\r\nBcc: eve@example.test")]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\0")]
    [InlineData("\u007f")]
    [InlineData("\u0085")]
    [InlineData("\u2028")]
    public void A_control_character_in_any_header_is_refused(string control)
    {
        Refuses(Email(subject: $"Hello{control}"));
        Refuses(Email(to: $"ann@example.test{control}"));
        Refuses(Email(to: $"Ann{control} <ann@example.test>"));
        Refuses(Email(messageId: $"a{control}@example.test"));
        Refuses(With("References", $"<a@b>{control}"));
        Refuses(With($"References{control}", "<a@b>"));
    }

    [Theory]
    [InlineData("Bcc")]
    [InlineData("subject")]
    [InlineData("Content-Type")]
    [InlineData("List Unsubscribe")]
    [InlineData("X:Y")]
    [InlineData("")]
    public void A_header_that_is_not_for_the_caller_to_give_is_refused(string name) => Refuses(With(name, "x"));

    [Fact]
    public void A_header_for_machines_must_be_ASCII_and_fit()
    {
        Refuses(With("References", "é"));
        Refuses(With("References", ""));
        Refuses(With("List-Unsubscribe", $"<https://example.test/{new string('x', 1000)}>"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-at-sign")]
    [InlineData("two@at@signs")]
    [InlineData("a b@example.test")]
    [InlineData("<a@b> <c@d>")]
    public void A_malformed_message_identification_is_refused(string messageId) => Refuses(Email(messageId: messageId));

    [Fact]
    public void An_email_without_a_subject_is_refused() => Refuses(Email(subject: " "));

    private static EmailMessage With(string header, string value) =>
        Email() with { Headers = new Dictionary<string, string> { [header] = value } };

    private static string Raw(EmailMessage email) => Encoding.Latin1.GetString(MimeWriter.Write(email, Sender));

    private static SmtpSink.Mail Read(string raw) => new("", [], raw);

    private static string[] HeaderLines(string raw) => raw.Split("\r\n\r\n")[0].Split("\r\n");

    private static void Refuses(EmailMessage email) =>
        Assert.Throws<FormatException>(() => MimeWriter.Write(email, Sender));
}
