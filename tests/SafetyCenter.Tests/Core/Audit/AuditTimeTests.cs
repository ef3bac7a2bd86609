using System.Globalization;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;

namespace SafetyCenter.Tests.Core.Audit;

/// <summary>The moments that a search can name.</summary>
public sealed class AuditTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("now", "2026-03-10T12:00:00Z")]
    [InlineData("now-30s", "2026-03-10T11:59:30Z")]
    [InlineData("now-15m", "2026-03-10T11:45:00Z")]
    [InlineData("now-1h", "2026-03-10T11:00:00Z")]
    [InlineData("now-7d", "2026-03-03T12:00:00Z")]
    [InlineData("now-1w", "2026-03-03T12:00:00Z")]
    [InlineData("now+1h", "2026-03-10T13:00:00Z")]
    [InlineData("now-2000000000w", "0001-01-01T00:00:00Z")]
    [InlineData("2026-01-31", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31T08:00:00", "2026-01-31T08:00:00Z")]
    [InlineData("2026-01-31T08:00:00.5+02:00", "2026-01-31T06:00:00.5Z")]
    [InlineData("1767225600000", "2026-01-01T00:00:00Z")]
    [InlineData("0", "1970-01-01T00:00:00Z")]
    public void A_moment_is_read(string text, string moment) => Assert.Equal(
        DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        AuditTime.Read(text, "from", Now));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("12:00")]
    [InlineData("now-")]
    [InlineData("now-m")]
    [InlineData("now-15")]
    [InlineData("now-1y")]
    [InlineData("now15m")]
    [InlineData("now-99999999999d")]
    [InlineData("99999999999999999999")]
    [InlineData("-1")]
    [InlineData("2026-13-01")]
    public void What_is_no_moment_is_refused_by_the_name_of_its_field(string text)
    {
        var refused = Assert.Throws<RefusedException>(() => AuditTime.Read(text, "from", Now));
        Assert.StartsWith("from must be a time", refused.Message, StringComparison.Ordinal);
    }
}
