using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// How often strangers and reporters are heard. A report of a partner that proves whose it is counts nowhere, so no flood of
/// others keeps it out, not even one from its own address: behind a gateway that the operator does not trust, everybody has the
/// same.
/// </summary>
public sealed class ReportRates(TimeProvider time)
{
    /// <summary>How many requests that prove nothing one address has at one door before it is told to wait.</summary>
    public const int UnprovenAtOnce = 100;

    /// <summary>How often one address may show secrets before it is told to wait.</summary>
    public const int ShownAtOnce = 60;

    /// <summary>How often everybody together may.</summary>
    public const int ShownByAllAtOnce = 600;

    /// <summary>How many reports one reporter may send before it is told to wait.</summary>
    public const int ReportsAtOnce = 60;

    /// <summary>After how long a reporter may send one more.</summary>
    public static readonly TimeSpan ReportEach = TimeSpan.FromSeconds(1);

    /// <summary>After how long an address has one more of those requests that prove nothing.</summary>
    public static readonly TimeSpan UnprovenEach = TimeSpan.FromSeconds(1);

    /// <summary>After how long an address may show secrets once more.</summary>
    public static readonly TimeSpan ShownEach = TimeSpan.FromMinutes(1);

    /// <summary>After how long anybody may.</summary>
    public static readonly TimeSpan ShownByAllEach = TimeSpan.FromSeconds(1);

    private readonly Allowance _unproven = new(time, UnprovenAtOnce, UnprovenEach);
    private readonly Allowance _shown = new(time, ShownAtOnce, ShownEach);
    private readonly Allowance _shownByAll = new(time, ShownByAllAtOnce, ShownByAllEach);
    private readonly Allowance _reports = new(time, ReportsAtOnce, ReportEach);

    /// <summary>Takes one of the reports that a reporter has.</summary>
    /// <returns>How long to wait first; nothing when it was taken.</returns>
    public TimeSpan TakeReport(Id<LeakReporter> reporter) => _reports.Take($"{reporter}");

    /// <summary>Notes a request that proved nothing.</summary>
    /// <returns>How long its sender has to wait; nothing when it may try again.</returns>
    public TimeSpan NoteUnproven(string door, IPAddress? address) => _unproven.Take($"{door} {AddressName.Of(address)}");

    /// <summary>Somebody shows secrets.</summary>
    /// <returns>How long to wait first; nothing when they are heard.</returns>
    public TimeSpan TakeShown(IPAddress? address) =>
        _shown.Take(AddressName.Of(address)) is { Ticks: > 0 } wait ? wait : _shownByAll.Take("");
}
