using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Core.Secrets;

public class SecretTests
{
    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };
    private static readonly Secret Key = new SecretFormat().Mint(SecretKind.ApplicationKey);

    [Fact]
    public void A_secret_prints_its_kind_and_last_four_only() =>
        Assert.Equal($"ApplicationKey ...{Key.Reveal()[^4..]}", Key.ToString());

    [Fact]
    public void A_secrets_hash_is_the_hash_of_its_text() => Assert.Equal(SecretHash.Of(Key.Reveal()), Key.Hash);

    [Fact]
    public void JSON_does_not_reveal_a_secret()
    {
        var json = JsonSerializer.Serialize(Key, WithFields);

        Assert.Contains(Key.Last4, json, StringComparison.Ordinal);
        Assert.DoesNotContain(Key.Reveal()[..^4], json, StringComparison.Ordinal);
    }

    [Fact]
    public void The_debugger_shows_the_mask_and_no_field()
    {
        Assert.Equal("{ToString(),nq}", typeof(Secret).GetCustomAttribute<DebuggerDisplayAttribute>()?.Value);
        var texts = typeof(Secret).GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Where(field => field.FieldType == typeof(string));
        Assert.Equal(
            DebuggerBrowsableState.Never,
            Assert.Single(texts).GetCustomAttribute<DebuggerBrowsableAttribute>()?.State);
    }
}
