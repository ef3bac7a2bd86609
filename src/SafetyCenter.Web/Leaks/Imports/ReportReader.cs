namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>Knows one form of report: gets the values it wants as they come, and makes findings of them.</summary>
internal abstract class ReportReader(Tally tally)
{
    /// <summary>The paths it wants; see <see cref="JsonWalk"/>.</summary>
    public abstract IReadOnlyList<string> Paths { get; }

    /// <summary>The finding that is being read.</summary>
    protected Sight Sight { get; private set; } = tally.Begin();

    /// <summary>Where findings are counted.</summary>
    protected Tally Tally { get; } = tally;

    /// <summary>The name of a wanted member was read; its value follows.</summary>
    public virtual void Named(string path)
    {
    }

    /// <summary>A text or number was read.</summary>
    /// <param name="path">Which of the wanted ones.</param>
    /// <param name="name">The name that the last <c>*</c> of a path stood for.</param>
    /// <param name="text">The value.</param>
    public abstract void Value(string path, string name, string text);

    /// <summary>A wanted value could not be read, or is too long.</summary>
    public virtual void Unreadable(string path) => Sight.IsUnreadable = true;

    /// <summary>An object or array that is wanted is complete.</summary>
    public abstract void End(string path);

    /// <summary>The finding broke off, or was too long to be held.</summary>
    public void Abandon()
    {
        Sight = Tally.Begin();
        Tally.AddUnreadable();
    }

    /// <summary>The finding is complete.</summary>
    protected void Close()
    {
        Tally.Add(Sight);
        Forget();
    }

    /// <summary>What was read is no finding.</summary>
    protected void Forget() => Sight = Tally.Begin();
}
