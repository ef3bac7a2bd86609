using SafetyCenter.Cli;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;

namespace SafetyCenter.Tests.Leaks;

/// <summary><c>safetycenter rules</c>.</summary>
public sealed class RulesCommandTests
{
    [Fact]
    public void It_writes_the_file_of_each_scanner_as_the_page_gives_it_away()
    {
        foreach (var file in ScannerRules.Of(new SecretFormat("acme"), new Uri("https://safety.example.com")))
        {
            var (code, output, error) = Run("rules", "--prefix", "acme", file.Tool, "--server", "https://safety.example.com");
            Assert.Equal((0, file.Text, ""), (code, output, error));
        }
    }

    [Fact]
    public void Without_options_it_speaks_of_an_installation_as_it_comes()
    {
        var file = ScannerRules.Of(new SecretFormat(), new Uri("http://localhost:5080")).Single(file => file.Tool == "gitleaks");
        Assert.Equal((0, file.Text, ""), Run("rules", "gitleaks"));
    }

    [Theory]
    [InlineData("Say for which scanner: gitleaks, trufflehog,")]
    [InlineData("Say for which scanner: gitleaks, trufflehog,", "noseyparker")]
    [InlineData("cannot make sense of ripgrep", "gitleaks", "ripgrep")]
    [InlineData("--prefix needs a value", "gitleaks", "--prefix")]
    [InlineData("cannot make sense of --bogus", "gitleaks", "--bogus", "x")]
    [InlineData("--prefix is 2 to 5 lower-case letters", "gitleaks", "--prefix", "Acme")]
    [InlineData("--server is an address", "gitleaks", "--server", "safety.example.com")]
    [InlineData("--server is an address", "gitleaks", "--server", "ftp://safety.example.com")]
    public void What_cannot_be_done_is_said_and_nothing_is_written(string because, params string[] arguments)
    {
        var (code, output, error) = Run(["rules", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(because, error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Run(arguments, new Terminal(Stream.Null, output, error));
        return (code, output.ToString(), error.ToString());
    }
}
