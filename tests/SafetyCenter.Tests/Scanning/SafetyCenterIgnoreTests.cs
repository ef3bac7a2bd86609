using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Scanning;

/// <summary>What <c>.safetycenterignore</c> leaves out.</summary>
public sealed class SafetyCenterIgnoreTests : IDisposable
{
    private static readonly string Key = ScanCorpus.Secrets[0].Text;

    private readonly ScanFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("*.log", "a.log b/c.log", "a.txt b/log")]
    [InlineData("/build", "build/x build/y/z", "src/build/x")]
    [InlineData("build/", "build/x src/build/x", "lib/build")]
    [InlineData("docs/*.md", "docs/a.md", "docs/b/a.md a.md x/docs/a.md")]
    [InlineData("**/fixtures/**", "fixtures/a x/fixtures/b/c", "fixture")]
    [InlineData("a/**/z", "a/z a/b/z a/b/c/z", "b/z")]
    [InlineData("?.t[xy]t", "a.txt b.tyt", "ab.txt a.tzt")]
    [InlineData("[!a]x", "bx", "ax")]
    [InlineData("# no rule\n\\#x\n\\!y", "#x !y", "rule")]
    [InlineData("*\n!*.env", "a b.txt", "c.env")]
    [InlineData("*.env\n!keep.env", "a.env x/b.env", "keep.env x/keep.env")]
    [InlineData("name.with+(signs)", "name.with+(signs)", "namexwith+(signs)")]
    public void Patterns_are_those_of_gitignore(string rules, string ignored, string kept)
    {
        _folder.Write(".safetycenterignore", rules);
        foreach (var name in ignored.Split(' ').Concat(kept.Split(' ')))
        {
            _folder.Write(name, Key);
        }

        Assert.Equal(kept.Split(' ').Order(StringComparer.Ordinal), _folder.Places());
    }

    [Fact]
    public void Each_folder_may_have_its_own_and_the_nearest_counts()
    {
        _folder.Write(".safetycenterignore", "*.txt");
        _folder.Write("a/.safetycenterignore", "!*.txt\n/b");
        foreach (var name in new[] { "x.txt", "a/x.txt", "a/b", "b", "c/x.txt" })
        {
            _folder.Write(name, Key);
        }

        Assert.Equal(["a/x.txt", "b"], _folder.Places());
    }

    [Fact]
    public void What_is_named_outright_is_left_out_too_as_a_hook_names_files()
    {
        _folder.Write(".safetycenterignore", "samples/");
        _folder.Write("samples/deep/x.txt", Key);

        Assert.Empty(_folder.Places("samples/deep/x.txt"));
        Assert.Empty(_folder.Places("samples/deep"));
    }

    [Fact]
    public void A_known_secret_is_accepted_by_its_hash_below_that_folder_and_no_other_is()
    {
        _folder.Write("tests/.safetycenterignore", $"sha256:{SecretHash.Of(Key)} the sample of the documentation\n");
        _folder.Write("tests/deep/x", $"{Key}\n{ScanCorpus.Secrets[1].Text}");
        _folder.Write("src/x", Key);

        Assert.Equal(["src/x", "tests/deep/x"], _folder.Places());
        Assert.Equal("application_key", _folder.Json.GetProperty("findings")[1].GetProperty("kind").GetString());
    }
}
