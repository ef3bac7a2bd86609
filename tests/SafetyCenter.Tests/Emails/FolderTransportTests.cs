using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

public sealed class FolderTransportTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("emails").FullName;

    private string Folder => Path.Combine(_parent, "new", "mail");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task An_email_becomes_a_file_that_reads_the_same()
    {
        await Transport().SendAsync(Email(subject: "🔑", text: ".\nRevoke it."), Token);

        var path = Assert.Single(Directory.GetFileSystemEntries(Folder));
        var mail = SmtpSink.Mail.FromFile(path);
        Assert.Equal(("🔑", ".\nRevoke it.", "ann@example.test"), (mail.Subject, mail.Text, mail.To));
        Assert.Matches(@"^20300131T120506\.0000000Z-ann@example\.test-[0-9a-f]{12}\.eml$", Path.GetFileName(path));
    }

    [Fact]
    public async Task Names_sort_by_date_whatever_the_time_zone()
    {
        DateTimeOffset[] dates =
        [
            new(2029, 12, 31, 23, 0, 0, TimeSpan.FromHours(-5)),
            new(2030, 1, 1, 5, 0, 0, TimeSpan.FromHours(2)),
            new(2030, 1, 1, 4, 0, 0, 1, TimeSpan.Zero),
            new(2030, 1, 1, 4, 0, 0, 20, TimeSpan.Zero),
        ];
        foreach (var (index, date) in dates.Index())
        {
            await Transport().SendAsync(Email(subject: $"{index}") with { Date = date }, Token);
        }

        var subjects = Directory.GetFiles(Folder).Order(StringComparer.Ordinal)
            .Select(path => SmtpSink.Mail.FromFile(path).Subject);

        Assert.Equal(["1", "0", "2", "3"], subjects);
    }

    [Fact]
    public async Task A_name_stays_in_the_folder_and_within_limits()
    {
        await Transport().SendAsync(Email(to: "a/./b*c|d@example.test"), Token);
        await Transport().SendAsync(Email(to: $"{new string('a', 64)}@{new string('b', 63)}.test"), Token);

        Assert.Equal(2, Directory.GetFiles(Folder).Length);
        Assert.All(Directory.GetFiles(Folder), path =>
        {
            Assert.Matches(@"^[A-Za-z0-9.@_-]+\.eml$", Path.GetFileName(path));
            Assert.True(Path.GetFileName(path).Length < 128);
        });
        Assert.Equal(2, Directory.GetFiles(_parent, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_repeated_email_replaces_its_file_and_another_does_not()
    {
        await Transport().SendAsync(Email(), Token);
        await Transport().SendAsync(Email(), Token);
        Assert.Single(Directory.GetFiles(Folder));

        await Transport().SendAsync(Email(messageId: "alert.2@example.test"), Token);
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_file()
    {
        Directory.CreateDirectory(Folder);
        var email = Email(html: new string('x', 1_000_000));
        using var written = new CancellationTokenSource();
        var reading = Task.Run(() => ReadAllUntil(written.Token), Token);

        for (var i = 0; i < 10; i++)
        {
            await Transport().SendAsync(email with { MessageId = $"alert.{i}@example.test" }, Token);
        }

        await written.CancelAsync();
        var lengths = await reading;
        Assert.Equal(10, Directory.GetFiles(Folder).Length);
        Assert.Equal(new FileInfo(Directory.GetFiles(Folder)[0]).Length, Assert.Single(lengths.Distinct()));
    }

    [Fact]
    public async Task A_cancelled_email_leaves_nothing_behind()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Transport().SendAsync(Email(), cancelled.Token));

        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public async Task Emails_are_for_their_owner_to_read()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        await Transport().SendAsync(Email(), Token);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Directory.GetFiles(Folder)[0]));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FolderTransport Transport() => new(Folder, Sender);

    // The last round begins after the last email, so there is always something to judge.
    private List<long> ReadAllUntil(CancellationToken written)
    {
        var lengths = new List<long>();
        var isLastRound = false;
        while (!isLastRound)
        {
            isLastRound = written.IsCancellationRequested;
            lengths.AddRange(Directory.GetFiles(Folder, "*.eml").Select(path => new FileInfo(path).Length));
        }

        return lengths;
    }
}
