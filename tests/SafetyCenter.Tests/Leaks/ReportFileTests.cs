using System.Text;
using Microsoft.AspNetCore.Http;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks.Imports;

namespace SafetyCenter.Tests.Leaks;

/// <summary>Reading report files piece by piece: whatever their length, and wherever the pieces end.</summary>
public sealed class ReportFileTests
{
    private static readonly SecretFormat Format = new();
    private readonly string _key = Format.Mint(SecretKind.ApiKey).Reveal();
    private readonly string _other = Format.Mint(SecretKind.ApplicationKey).Reveal();

    [Fact]
    public async Task A_hundred_megabytes_are_read_in_a_few()
    {
        // Contents of 2 MB, with quotes and our keys in them, and a message with a key every now and then.
        var content = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat($"a \\\"{_other}\\\" b\\\\ ", 2 * 1024 * 1024 / (_other.Length + 12))));
        byte[] file =
        [
            .. """{"filePath":"/a.env","sourceContent":" """u8, .. content,
            .. Encoding.UTF8.GetBytes($"\",\"messages\":[{{\"message\":\"{_key}\"}},{{\"message\":\"***\"}}]}}"),
        ];
        var count = ReportBytes.LengthMax / (file.Length + 1) - 1;
        await using var stream = new Given(
            Enumerable.Range(0, count).SelectMany(index => new[] { index == 0 ? "["u8.ToArray() : ","u8.ToArray(), file })
                .Append("]"u8.ToArray()));

        // Nothing is waited for, so all of it happens on this thread.
        var tally = new Tally(Format, repository: null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = ReportFile.ReadAsync(stream, wanted: null, tally, _ => Task.CompletedTask, CancellationToken.None);
        Assert.True(reading.IsCompletedSuccessfully);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        await reading;
        Assert.InRange(stream.Length, 95L * 1024 * 1024, ReportBytes.LengthMax);
        Assert.Equal((2 * count, count), (tally.Findings, tally.Redacted));
        Assert.All(tally.Items, item => Assert.Equal((_key, "/a.env"), (item.Token, item.Url)));
        Assert.Equal(count, tally.Items.Count);
        Assert.InRange(allocated, 0, 8 * 1024 * 1024);
    }

    [Fact]
    public async Task A_file_is_refused_as_soon_as_it_is_too_long()
    {
        var megabyte = new byte[1024 * 1024];
        megabyte.AsSpan().Fill((byte)' ');
        var pieces = Enumerable.Repeat(megabyte, 200).Prepend("[{\"RuleID\":\"x\",\"Description\":\""u8.ToArray());
        await using var stream = new Given(pieces);
        var refused = await Assert.ThrowsAsync<BadHttpRequestException>(() => ReportFile.ReadAsync(
            stream, wanted: null, new Tally(Format, null), _ => Task.CompletedTask, CancellationToken.None));
        Assert.Equal(StatusCodes.Status413PayloadTooLarge, refused.StatusCode);
        Assert.InRange(stream.Length, ReportBytes.LengthMax, ReportBytes.LengthMax + 2 * megabyte.Length);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public async Task Where_the_pieces_end_makes_no_difference(int length)
    {
        var file = $$"""
            [{"RuleID":"x","Secret":"{{_key}}","File":"a\"\\\u00e9","StartLine":3},
             {"RuleID":"x","Description":"{{Long(' ')}}","Secret":"{{_other}}","File":"b","StartLine":4},
             {"RuleID":"x","{{Long('\\')}}":1,"Tags":[1,"{{Long('x')}}" , "y"],"Match":"{{Long('é')}}{{_key}}",
              "Secret":"z","File":"c"},
             {"RuleID":"x","Secret" : "{{Long('y')}}","File":"d"}]
            """;
        var tally = await ReadAsync(Encoding.UTF8.GetBytes(file), length);
        Assert.Equal((4, 2, 0), (tally.Findings, tally.Unreadable, tally.Redacted));
        Assert.Equal(
            [(_key, "a\"\\é, line 3"), (_other, "b, line 4")], tally.Items.Select(item => (item.Token!, item.Url!)));

        // Longer than what is held, and full of what ends or escapes.
        static string Long(char what) => what == '\\'
            ? string.Concat(Enumerable.Repeat("\\\"\\\\", 400_000))
            : new string(what, JsonPieces.LongestText + 12_345);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public async Task A_line_that_is_too_long_is_passed_over_and_the_next_is_read(int length)
    {
        var tooLong = new string('x', JsonPieces.LongestText);
        var lines = $$$$"""
            {"SourceMetadata":{"Data":{"Git":{"file":"a"}}},"Raw":"{{{{_key}}}}"}
            {"SourceMetadata":{"Data":{"Git":{"file":"b"}}},"Raw":"{{{{_other}}}}","ExtraData":"{{{{tooLong}}}}"}
            log {{{{tooLong}}}}
            {"SourceMetadata":{"Data":{"Git":{"file":"c"}}},"Raw":"{{{{_key}}}}"}
            """;
        var tally = await ReadAsync(Encoding.UTF8.GetBytes(lines), length);
        Assert.Equal((3, 1), (tally.Findings, tally.Unreadable));
        Assert.Equal(["a", "c"], tally.Items.Select(item => item.Url));
    }

    [Fact]
    public async Task What_is_no_text_makes_a_finding_unreadable_and_no_more()
    {
        byte[] file =
        [
            .. """[{"RuleID":"x","Secret":"\ud800"},{"RuleID":"x","Secret":" """u8, 0xC3, .. "\"},"u8,
            .. Encoding.UTF8.GetBytes($$"""{"RuleID":"x","Secret":"{{_key}}","File":null,"StartLine":-1,"Commit":true}]"""),
        ];
        var tally = await ReadAsync(file, int.MaxValue);
        Assert.Equal((3, 2), (tally.Findings, tally.Unreadable));
        Assert.Equal("", Assert.Single(tally.Items).Url);
    }

    private static async Task<Tally> ReadAsync(byte[] file, int length)
    {
        var tally = new Tally(Format, repository: null);
        await using var stream = new Given([file], length);
        await ReportFile.ReadAsync(stream, wanted: null, tally, _ => Task.CompletedTask, CancellationToken.None);
        return tally;
    }

    /// <summary>A stream that gives what it is made of, at most so much at a time; its length is what it gave.</summary>
    private sealed class Given(IEnumerable<byte[]> pieces, int atOnce = int.MaxValue) : Stream
    {
        private readonly IEnumerator<byte[]> _pieces = pieces.GetEnumerator();
        private ReadOnlyMemory<byte> _rest;
        private long _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _given;

        public override long Position
        {
            get => _given;
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_rest.IsEmpty && _pieces.MoveNext())
            {
                _rest = _pieces.Current;
            }

            var count = Math.Min(Math.Min(buffer.Length, atOnce), _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            _given += count;
            return ValueTask.FromResult(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
