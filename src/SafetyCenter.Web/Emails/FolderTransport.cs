using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Writes emails as <c>.eml</c> files, which mail programs open, into a folder: for trying things out where no mail
/// server is configured. A file appears whole or not at all. A repeated email replaces its file.
/// </summary>
public sealed class FolderTransport : IMailTransport
{
    private const int MaximumRecipientLength = 60;

    private readonly string _folder;
    private readonly Mailbox _from;

    /// <summary>The folder is made with the first email.</summary>
    public FolderTransport(string folder, Mailbox from)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(from);
        _folder = Path.GetFullPath(folder);
        _from = from;
    }

    /// <inheritdoc/>
    public async Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var mime = MimeWriter.Write(message, _from);
        CreateFolder();

        // A rename within one folder is atomic; and "*.eml" does not match the name before.
        var name = FileName(message);
        var temporary = Path.Combine(_folder, $".{name}.{Guid.NewGuid():N}.tmp");
        try
        {
            await using (var file = new FileStream(temporary, FileOptions()))
            {
                await file.WriteAsync(mime, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path.Combine(_folder, name), overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Such as <c>20300131T120000.0000000Z-ann@example.test-0123456789ab.eml</c>: sorted by name is sorted by date; the
    /// digits at the end tell emails of the same moment apart.
    /// </summary>
    private static string FileName(EmailMessage message)
    {
        var date = message.Date.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fffffff'Z'", CultureInfo.InvariantCulture);
        var address = Mailbox.Parse(message.To).Address;
        var recipient = new string([.. address.Take(MaximumRecipientLength).Select(SafeInFileName)]);
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{message.MessageId}\n{address}"));
        return $"{date}-{recipient}-{Convert.ToHexStringLower(digest.AsSpan(0, 6))}.eml";
    }

    private static char SafeInFileName(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '@' or '.' or '-' ? character : '_';

    // Emails hold links that let their reader in, so they are nobody else's to read.
    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(
                _folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStreamOptions FileOptions()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = System.IO.FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
