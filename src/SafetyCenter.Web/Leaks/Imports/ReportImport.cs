using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>What is known of a report file beside what stands in it.</summary>
/// <param name="Format">Its form in a word; null or empty to find out.</param>
/// <param name="Repository">The repository that was scanned, for reports that do not say it.</param>
/// <param name="IsPublic">Whether anybody can read what was scanned.</param>
public sealed record ImportWish(string? Format, string? Repository, bool IsPublic);

/// <summary>Who imports a report.</summary>
/// <param name="Reporter">Under which name deliveries are remembered.</param>
/// <param name="Name">Their name for people.</param>
/// <param name="OrganizationId">With whose credentials it is matched.</param>
public sealed record ImportSource(string Reporter, string Name, Id<Organization> OrganizationId);

/// <summary>What came of a report file.</summary>
/// <param name="Format">Its form, in a word.</param>
/// <param name="Title">Its form, for people.</param>
/// <param name="Findings">How many findings it has.</param>
/// <param name="Matched">How many of them are of credentials of the organization.</param>
/// <param name="Raised">How many alerts were raised or opened again.</param>
/// <param name="Redacted">How many hide or leave out the secret, so that it cannot be looked for.</param>
/// <param name="Unreadable">How many could not be read.</param>
/// <param name="Skipped">How many more are marked as suppressed or gone.</param>
public sealed record Imported(
    string Format, string Title, int Findings, int Matched, int Raised, int Redacted, int Unreadable, int Skipped);

/// <summary>
/// Takes in the report file of another scanner. It is read as it comes and never held; what could be a secret of ours goes to the
/// intake, ten thousand findings at a time, and all else is only counted.
/// </summary>
public sealed class ReportImport(LeakIntake intake, SecretFormat format)
{
    /// <summary>The longest file, in bytes.</summary>
    public const int LengthMax = ReportBytes.LengthMax;

    /// <summary>What to say of a longer one.</summary>
    public static string TooLong => ReportBytes.TooLong;

    /// <summary>The forms that can be read, as word and title.</summary>
    public static IReadOnlyList<(string Word, string Title)> Formats { get; } =
        [.. ImportFormat.All.Select(known => (known.Word, known.Title))];

    /// <summary>Reads a file and takes in what it holds.</summary>
    /// <exception cref="RefusedException">
    /// It is no report that can be read. What came before the fault, in whole batches, stays taken, and the sentence says so.
    /// </exception>
    /// <exception cref="BadHttpRequestException">It is too long (413).</exception>
    public async Task<Imported> TakeAsync(
        Stream file, ImportWish wish, ImportSource source, CancellationToken cancellationToken)
    {
        var wanted = string.IsNullOrEmpty(wish.Format) ? null
            : ImportFormat.All.FirstOrDefault(known => known.Word == wish.Format)
            ?? throw RefusedException.Invalid(
                $"format must be one of {string.Join(", ", ImportFormat.All.Select(known => known.Word))}.", "format");
        if (wish.Repository?.Length > ScanReport.TextLengthMax)
        {
            throw RefusedException.Invalid(
                $"repository can have at most {ScanReport.TextLengthMax} characters.", "repository");
        }

        var tally = new Tally(format, wish.Repository);
        var (batches, matched, raised) = (0, 0, 0);
        try
        {
            var found = await ReportFile.ReadAsync(file, wanted, tally, TakeBatchAsync, cancellationToken);
            return new Imported(
                found.Word, found.Title, tally.Findings, matched, raised, tally.Redacted, tally.Unreadable, tally.Skipped);
        }
        catch (RefusedException broken) when (batches > 0)
        {
            throw RefusedException.Invalid(
                $"{broken.Message} What came before was taken in: {batches * ReportFile.BatchSize} findings.", broken.Field);
        }

        async Task TakeBatchAsync(ImportFormat found)
        {
            var items = tally.TakeItems();
            if (items.Count == 0)
            {
                return;
            }

            var taken = await intake.TakeAsync(
                new Delivery(
                    LeakChannel.Import, source.Reporter, $"{found.Title} report of {source.Name}", HashOf(items, wish.IsPublic))
                {
                    OrganizationId = source.OrganizationId,
                    IsPublic = wish.IsPublic,
                },
                items,
                cancellationToken);
            batches++;
            matched += taken.Matched;
            raised += taken.Raised;
        }
    }

    // What a batch is known by is what it says: a file that is sent again changes nothing, however it was written down.
    private static byte[] HashOf(IReadOnlyList<ReportedItem> items, bool isPublic)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        all.AppendData([isPublic ? (byte)1 : (byte)0]);
        foreach (var item in items)
        {
            all.AppendData((item.Hash ?? SecretHash.Of(item.Token!)).ToArray());
            all.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(item.Url ?? "")));
        }

        return all.GetHashAndReset();
    }
}
