using System.Text.Json;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class SecretFormatTests
{
    private static readonly SecretFormat Format = new();

    public static TheoryData<string, SecretKind> Vectors()
    {
        using var file = typeof(SecretFormatTests).Assembly.GetManifestResourceStream("secrets.json")!;
        using var document = JsonDocument.Parse(file);
        var data = new TheoryData<string, SecretKind>();
        foreach (var vector in document.RootElement.GetProperty("secrets").EnumerateArray())
        {
            data.Add(
                vector.GetProperty("text").GetString()!,
                Enum.Parse<SecretKind>(vector.GetProperty("kind").GetString()!));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_vectors_are_secrets(string text, SecretKind kind)
    {
        Assert.True(Format.TryRead(text, out var secret));
        Assert.Equal(kind, secret.Kind);
        Assert.Equal(text, secret.Reveal());
        Assert.Equal(text[^4..], secret.Last4);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_vector_with_any_one_character_changed_is_no_secret(string text, SecretKind kind)
    {
        for (var place = 0; place < text.Length; place++)
        {
            var changed = text[..place] + (text[place] == '1' ? '2' : '1') + text[(place + 1)..];
            Assert.False(Format.TryRead(changed, out _), $"{kind} {changed}");
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Nothing_may_stand_around_a_secret(string text, SecretKind kind)
    {
        Assert.True(Format.TryRead($"[{text}]".AsSpan(1, text.Length), out var secret));
        Assert.Equal(kind, secret.Kind);
        Assert.False(Format.TryRead(text + "\n", out _));
        Assert.False(Format.TryRead(" " + text, out _));
        Assert.False(Format.TryRead(text + "0", out _));
        Assert.False(Format.TryRead(text[..^1], out _));
        Assert.False(Format.TryRead(text[1..], out _));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Case_57_case_counts(string text, SecretKind kind)
    {
        Assert.False(Format.TryRead(text.ToUpperInvariant(), out _), $"{kind}");
        Assert.Empty(Format.FindIn(text.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("scapp_")]
    [InlineData("pub")]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    [InlineData("scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7U\u00fc")]
    [InlineData("scapp_0123456789ABCDEFGHIJKLMNOP-R3UI7Uu")]
    [InlineData("zzapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu")]
    [InlineData("0011223344556677889\u0661aabb66afda7e")]
    public void Junk_is_no_secret(string? text) => Assert.False(Format.TryRead(text, out _));

    [Fact]
    public void Refusing_junk_allocates_nothing()
    {
        string[] junk =
            [new string('f', 32), "scapp_" + new string('a', 34), "scpat_" + new string('0', 61), "hello"];
        Refuse(junk);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refuse(junk);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Refuse(string[] texts)
        {
            foreach (var text in texts)
            {
                if (Format.TryRead(text, out _))
                {
                    Assert.Fail(text);
                }
            }
        }
    }

    [Theory]
    [InlineData(SecretKind.ApiKey, "^[0-9a-f]{32}$")]
    [InlineData(SecretKind.ClientToken, "^pub[0-9a-f]{32}$")]
    [InlineData(SecretKind.ApplicationKey, "^abcapp_[0-9A-Za-z]{34}$")]
    [InlineData(SecretKind.OAuthClientSecret, "^abcocs_[0-9A-Za-z]{40}$")]
    [InlineData(SecretKind.OAuthAccessToken, "^abcoat_[0-9A-Za-z]{40}$")]
    [InlineData(SecretKind.OAuthRefreshToken, "^abcort_[0-9A-Za-z]{40}$")]
    public void A_minted_secret_has_its_shape_and_parses(SecretKind kind, string shape)
    {
        var format = new SecretFormat("abc");
        var secret = format.Mint(kind);

        Assert.Matches(shape, secret.Reveal());
        Assert.True(format.TryRead(secret.Reveal(), out var parsed));
        Assert.Equal(kind, parsed.Kind);
        Assert.NotEqual(secret.Reveal(), format.Mint(kind).Reveal());
    }

    [Theory]
    [InlineData(SecretKind.PersonalAccessToken, "scpat_")]
    [InlineData(SecretKind.ServiceAccessToken, "scsat_")]
    public void An_access_token_carries_its_id(SecretKind kind, string stem)
    {
        var id = Guid.CreateVersion7();
        var secret = Format.Mint(kind, id);

        Assert.StartsWith($"{stem}{Base62.Of(id)}_", secret.Reveal(), StringComparison.Ordinal);
        Assert.Equal(67, secret.Reveal().Length);
        Assert.True(Format.TryRead(secret.Reveal(), out var parsed));
        Assert.Equal(kind, parsed.Kind);
        Assert.False(Format.TryRead(secret.Reveal().Remove(28, 1).Insert(28, "0"), out _));
    }

    [Fact]
    public void Only_an_access_token_is_minted_with_an_id()
    {
        Assert.Throws<ArgumentException>(() => Format.Mint(SecretKind.PersonalAccessToken));
        Assert.Throws<ArgumentException>(() => Format.Mint(SecretKind.ServiceAccessToken));
        Assert.Throws<ArgumentException>(() => Format.Mint(SecretKind.ApiKey, Guid.NewGuid()));
        Assert.Throws<ArgumentException>(() => Format.Mint(SecretKind.OAuthAccessToken, Guid.NewGuid()));
    }

    [Theory]
    [InlineData(SecretKind.ApiKey)]
    [InlineData(SecretKind.ClientToken)]
    [InlineData(SecretKind.ApplicationKey)]
    public void Another_installations_secret_is_not_ours(SecretKind kind)
    {
        var theirs = new SecretFormat("acme").Mint(kind).Reveal();

        Assert.False(Format.TryRead(theirs, out _));
        Assert.Empty(Format.FindIn(theirs));
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("pub")]
    [InlineData("abcde")]
    public void A_prefix_of_two_to_five_small_letters_is_kept(string prefix)
    {
        var format = new SecretFormat(prefix);

        Assert.Equal(prefix, format.Prefix);
        Assert.All(
            [SecretKind.ApiKey, SecretKind.ApplicationKey, SecretKind.ClientToken],
            kind => Assert.Equal(kind, Assert.Single(format.FindIn($"x {format.Mint(kind).Reveal()} x")).Kind));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("abcdef")]
    [InlineData("dd")]
    [InlineData("SC")]
    [InlineData("s1")]
    [InlineData("s_")]
    [InlineData("s\u00e9")]
    public void Any_other_prefix_is_refused_in_words_for_the_operator(string? prefix)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new SecretFormat(prefix!));

        Assert.Contains("Keys:Prefix", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("2 to 5 lower-case letters", refusal.Message, StringComparison.Ordinal);
    }
}
