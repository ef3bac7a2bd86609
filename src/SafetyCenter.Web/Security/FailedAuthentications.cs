using System.Globalization;

namespace SafetyCenter.Web.Security;

/// <summary>
/// How often an address may call with credentials that are wrong before it is told to wait. A call is counted once it was found
/// out, and one whose credentials are right counts nowhere: behind a gateway that nobody told us of, all have one address, and no
/// stranger's flood is to keep them out.
/// </summary>
public sealed class FailedAuthentications(TimeProvider time)
{
    /// <summary>How many it has at each door. Whoever runs a fleet with a key that was revoked has many calls to mend.</summary>
    public const int AtOnce = 1000;

    /// <summary>What it is told.</summary>
    public const string Sentence = "Too many calls with wrong credentials came from your address. Wait, and mend them.";

    /// <summary>After how long it has one more.</summary>
    public static readonly TimeSpan Each = TimeSpan.FromMilliseconds(100);

    private readonly Allowance _failures = new(time, AtOnce, Each);

    /// <summary>Counts a call that failed.</summary>
    /// <param name="context">The call.</param>
    /// <param name="door">Where it came in.</param>
    /// <returns>Whether there were too many; <c>Retry-After</c> says for how long then.</returns>
    public bool AreTooMany(HttpContext context, string door)
    {
        var wait = _failures.Take($"{door} {AddressName.Of(context.Connection.RemoteIpAddress)}");
        if (wait > TimeSpan.Zero)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return wait > TimeSpan.Zero;
    }
}
