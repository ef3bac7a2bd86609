using System.Security.Cryptography;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// The Token Revocation API that a GitLab of one's own calls when its secret detection finds something, as GitLab's
/// documentation says. Which organization it belongs to is said by its token; whether what it found is revoked at once, by that
/// organization's rules.
/// </summary>
/// <remarks>
/// 204 when all was taken in, also when it was before; 400 when one of the types is not ours or the body cannot be read, and then
/// nothing was done; 401 without a token of a reporter, 429 when too many such requests came from one address; 405, 413, 415.
/// </remarks>
public static class GitLabRevocationApi
{
    /// <summary>Where GitLab asks which types we take.</summary>
    public const string TypesAddress = "/webhooks/gitlab/v1/revocable_token_types";

    /// <summary>Where it sends what it found.</summary>
    public const string RevokeAddress = "/webhooks/gitlab/v1/revoke_tokens";

    /// <summary>
    /// What it may call our secrets: by their own names, and by those that its analyzer makes of the ids of our gitleaks rules.
    /// </summary>
    public static readonly IReadOnlyList<string> Types =
    [
        .. Enum.GetNames<SecretKind>()
            .Select(name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name.Replace("OAuth", "Oauth", StringComparison.Ordinal)))
            .SelectMany(name => new[]
            {
                $"safetycenter_{name}",
                $"gitleaks_rule_id_safetycenter-{name.Replace('_', '-')}",
            }),
    ];

    private const string Door = "gitlab-instance";

    /// <summary>Maps both.</summary>
    public static void MapGitLabRevocation(this IEndpointRouteBuilder routes)
    {
        routes.MapReportDoor(TypesAddress, HttpMethods.Get, ReportRequest.LongestBody, AnswerTypesAsync);
        routes.MapReportDoor(RevokeAddress, HttpMethods.Post, ReportRequest.LongestBody, RevokeAsync);
    }

    private static async Task<IResult> AnswerTypesAsync(ReporterCall call)
    {
        await call.AuthenticateAsync(Door);
        return Results.Json(new { types = Types });
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext context, ReporterCall call, LeakIntake intake)
    {
        var reporter = await call.AuthenticateAsync(Door);
        ReportRequest.RequireJson(context.Request, ReportRequest.LongestBody);
        var body = await ReportRequest.ReadAsync(context.Request, ReportRequest.LongestBody);
        var items = ReportRequest.Matches(ReportBody.Read(body, place: "location"));
        if (items.FirstOrDefault(item => !Types.Contains(item.Type)) is { } unsupported)
        {
            throw new ReportRefusedException(
                400, $"Item {unsupported.Index + 1} has a type that is not ours. Nothing was done. Ours are at {TypesAddress}.");
        }

        if (items.FirstOrDefault(item => !item.IsReadable) is { } unreadable)
        {
            throw new ReportRefusedException(
                400, $"Item {unreadable.Index + 1} has no token that can be read. Nothing was done.");
        }

        await intake.TakeAsync(
            ReportRequest.DeliveryOf(reporter, LeakChannel.GitLabInstance, SHA256.HashData(body.Span)),
            items,
            CancellationToken.None);
        return Results.NoContent();
    }
}
