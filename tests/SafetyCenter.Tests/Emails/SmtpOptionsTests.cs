using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Emails;

public sealed class SmtpOptionsTests
{
    private static readonly Uri PublicUrl = new("https://safety.example.test:8443/x");

    [Fact]
    public void Everything_set_is_read()
    {
        var options = Read(
            "Host=mail.example.test", "Port=2525", "User=ann", "Password=pässword", "Tls=implicit",
            "From=\"Keys, Inc.\" <keys@example.test>");

        Assert.Equal("mail.example.test", options.Host);
        Assert.Equal(2525, options.Port);
        Assert.Equal(SmtpTls.Implicit, options.Tls);
        Assert.Equal(("ann", "pässword"), (options.User, options.Password));
        Assert.Equal(("Keys, Inc.", "keys@example.test"), (options.From.DisplayName, options.From.Address));
    }

    [Fact]
    public void Nothing_set_means_no_server_and_the_default_sender()
    {
        var options = Read("Host=", "Tls=", "From= ");

        Assert.Equal("", options.Host);
        Assert.Equal(SmtpTls.StartTls, options.Tls);
        Assert.Equal("\"SafetyCenter\" <safetycenter@safety.example.test>", options.From.ToString());
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "safetycenter@[127.0.0.1]")]
    [InlineData("http://[::1]:5080", "safetycenter@[IPv6:::1]")]
    [InlineData("http://localhost:5080", "safetycenter@localhost")]
    [InlineData("https://bücher.example", "safetycenter@xn--bcher-kva.example")]
    public void The_default_sender_lives_where_the_pages_do(string publicUrl, string address) =>
        Assert.Equal(address, SmtpOptions.Read(Configuration(), new Uri(publicUrl)).From.Address);

    [Theory]
    [InlineData("Tls=StartTls", 587)]
    [InlineData("Tls=Implicit", 465)]
    [InlineData("Tls=None", 25)]
    public void The_port_follows_the_encryption(string tls, int port) =>
        Assert.Equal(port, Read("Host=mail.example.test", tls).Port);

    [Theory]
    [InlineData("Host=smtp://mail.example.test", "Smtp:Host")]
    [InlineData("Host=mail.example.test:587", "Smtp:Host")]
    [InlineData("Port=0", "Smtp:Port")]
    [InlineData("Port=65536", "Smtp:Port")]
    [InlineData("Port=smtp", "Smtp:Port")]
    [InlineData("Tls=Ssl", "Smtp:Tls")]
    [InlineData("Tls=1", "Smtp:Tls")]
    [InlineData("From=nobody", "Smtp:From")]
    [InlineData("From=a@b.test\r\nBcc: eve@b.test", "Smtp:From")]
    [InlineData("User=ann", "belong together")]
    [InlineData("Password=secret-1", "belong together")]
    public void A_wrong_value_is_refused_in_a_sentence(string setting, string sentence)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Read("Host=mail.example.test", setting));

        Assert.Contains(sentence, Assert.Single(refusal.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-1", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_values_are_told_at_once()
    {
        var refusal = Assert.Throws<OptionsValidationException>(
            () => Read("Host=mail.example.test", "Port=x", "Tls=x", "From=x", "User=x"));

        Assert.Equal(4, refusal.Failures.Count());
    }

    [Fact]
    public void A_password_in_the_clear_is_for_this_machine_only()
    {
        string[] account = ["User=ann", "Password=secret-1", "Tls=None"];

        Assert.Throws<OptionsValidationException>(() => Read(["Host=mail.example.test", .. account]));
        Assert.Throws<OptionsValidationException>(() => Read(["Host=10.0.0.1", .. account]));
        Assert.Equal("secret-1", Read(["Host=localhost", .. account]).Password);
        Assert.Equal("secret-1", Read(["Host=127.0.0.1", .. account]).Password);
        Assert.Equal("secret-1", Read(["Host=::1", .. account]).Password);
    }

    [Fact]
    public void The_password_is_not_printed()
    {
        var printed = Read("Host=mail.example.test", "User=ann", "Password=secret-1").ToString();

        Assert.Equal(
            "mail.example.test:587, StartTls, ann, from \"SafetyCenter\" <safetycenter@safety.example.test>", printed);
    }

    private static SmtpOptions Read(params string[] settings) => SmtpOptions.Read(Configuration(settings), PublicUrl);

    // A later setting wins over an earlier one.
    private static IConfiguration Configuration(params string[] settings)
    {
        var values = new Dictionary<string, string?>();
        foreach (var setting in settings)
        {
            var pair = setting.Split('=', 2);
            values[$"Smtp:{pair[0]}"] = pair[1];
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }
}
