using Microsoft.Extensions.Options;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The key lists of the partners. Each has its own, so that a key of one is never good under another's headers.
/// </summary>
public sealed class PartnerKeys
{
    private readonly Dictionary<string, PublicKeyList> _lists = [];

    /// <summary>Nothing is fetched before the first report.</summary>
    public PartnerKeys(IOptionsMonitor<LeakReportOptions> options, TimeProvider clock, ILogger<PublicKeyList> logger)
    {
        foreach (var origin in PartnerOrigin.All)
        {
            var its = options.Get(origin.Setting);
            if (!string.IsNullOrEmpty(its.PublicKeysUrl))
            {
                _lists[origin.Setting] = new PublicKeyList(
                    origin.Name, new Uri(its.PublicKeysUrl), PublicKeyList.Connect(), clock, logger, its.AcceptsFormerKeys);
            }
        }
    }

    /// <summary>The list of a partner; null when the operator has not said where it is.</summary>
    public PublicKeyList? Of(PartnerOrigin origin) => _lists.GetValueOrDefault(origin.Setting);
}
