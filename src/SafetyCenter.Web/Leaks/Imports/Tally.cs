using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>Counts what a report holds, and collects what is to be looked for.</summary>
/// <param name="format">What our secrets look like.</param>
/// <param name="repository">The repository that was scanned, for reports that do not say it.</param>
internal sealed class Tally(SecretFormat format, string? repository)
{
    /// <summary>How many findings the report has.</summary>
    public int Findings { get; private set; }

    /// <summary>How many of them hide or leave out the secret.</summary>
    public int Redacted { get; private set; }

    /// <summary>How many of them could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>How many more are marked as no findings any more, and were left out.</summary>
    public int Skipped { get; private set; }

    /// <summary>What to look for, and was not taken yet.</summary>
    public List<ReportedItem> Items { get; private set; } = [];

    /// <summary>A finding that begins.</summary>
    public Sight Begin() => new(format);

    /// <summary>Counts a finding that is complete.</summary>
    public void Add(Sight sight)
    {
        Findings++;
        if (sight.HasSecret)
        {
            Items.Add(new ReportedItem(
                Items.Count,
                sight.Token,
                Type: null,
                sight.PlaceIn(repository),
                sight.Commit is null ? LeakSource.Content : LeakSource.Commit)
            {
                Hash = sight.Token is null ? sight.Hash : null,
            });
        }
        else if (sight.IsUnreadable)
        {
            Unreadable++;
        }
        else if (sight.IsRedacted || !sight.HasText)
        {
            Redacted++;
        }
    }

    /// <summary>Counts a finding of which nothing could be read.</summary>
    public void AddUnreadable()
    {
        Findings++;
        Unreadable++;
    }

    /// <summary>Counts one that the report itself calls none.</summary>
    public void Skip() => Skipped++;

    /// <summary>Takes what was collected.</summary>
    public IReadOnlyList<ReportedItem> TakeItems()
    {
        var taken = Items;
        Items = [];
        return taken;
    }
}
