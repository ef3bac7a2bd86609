using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Security;

/// <summary>Who made a request, from where, for the audit trail.</summary>
public static class RequestSource
{
    private const int PathLengthMax = 300;

    /// <summary>A user's request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="user">Who made it.</param>
    /// <param name="method">How they got in, in Datadog's words: <c>SESSION</c>, <c>API + App Key</c>.</param>
    public static AuditSource Of(HttpContext context, User user, string method) => new(AuditActor.User, user.DisplayName)
    {
        UserId = user.Id,
        Email = user.Email,
        Method = method,
        Address = ClientName.Address(context.Connection.RemoteIpAddress),
        Client = ClientName.Of(context.Request.Headers.UserAgent.ToString(), Usage.ClientLengthMax),
        HttpMethod = context.Request.Method,
        Path = ClientName.Of(context.Request.Path.Value, PathLengthMax),
    };
}
