using System.Net;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// How often strangers are heard. A report that proves whose it is counts nowhere, so no flood of others keeps it out, not even
/// one from its own address: behind a gateway that the operator does not trust, everybody has the same.
/// </summary>
public sealed class ReportRates(TimeProvider time)
{
    /// <summary>How many requests that prove nothing one address has at one door before it is told to wait.</summary>
    public const int UnprovenAtOnce = 100;

    /// <summary>How often one address may show secrets before it is told to wait.</summary>
    public const int ShownAtOnce = 60;

    /// <summary>How often everybody together may.</summary>
    public const int ShownByAllAtOnce = 600;

    /// <summary>After how long an address has one more of those requests that prove nothing.</summary>
    public static readonly TimeSpan UnprovenEach = TimeSpan.FromSeconds(1);

    /// <summary>After how long an address may show secrets once more.</summary>
    public static readonly TimeSpan ShownEach = TimeSpan.FromMinutes(1);

    /// <summary>After how long anybody may.</summary>
    public static readonly TimeSpan ShownByAllEach = TimeSpan.FromSeconds(1);

    private readonly Allowance _unproven = new(time, UnprovenAtOnce, UnprovenEach);
    private readonly Allowance _shown = new(time, ShownAtOnce, ShownEach);
    private readonly Allowance _shownByAll = new(time, ShownByAllAtOnce, ShownByAllEach);

    /// <summary>Notes a request that proved nothing.</summary>
    /// <returns>How long its sender has to wait; nothing when it may try again.</returns>
    public TimeSpan NoteUnproven(string door, IPAddress? address) => _unproven.Take($"{door} {AddressName.Of(address)}");

    /// <summary>Somebody shows secrets.</summary>
    /// <returns>How long to wait first; nothing when they are heard.</returns>
    public TimeSpan TakeShown(IPAddress? address) =>
        _shown.Take(AddressName.Of(address)) is { Ticks: > 0 } wait ? wait : _shownByAll.Take("");
}
