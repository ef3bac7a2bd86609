using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Answers what the credentials of a call are worth: <c>/verify</c> to gateways, by status and headers, and Datadog's
/// <c>validate</c> to whoever holds a key. Bodies are not read, and nothing here needs a session. Without the database
/// nobody is let in: the failure goes to the pipeline, which answers 503.
/// </summary>
/// <remarks>
/// <c>/verify</c> fits nginx's <c>auth_request</c> and Traefik's <c>forwardAuth</c>, which ask one fixed address; and
/// Envoy's <c>ext_authz</c>, which keeps the method of the call and puts <c>path_prefix</c> before its path.
/// </remarks>
public sealed class VerifyApi(
    Authenticator authenticator, UsageBuffer usage, TestRefusals refusals, FailedAuthentications failures)
{
    /// <summary>Where calls to the API fail, and to <c>validate</c>; <c>/verify</c> counts none.</summary>
    internal const string Door = "api";

    // A scheme of our own, as RFC 9110 (11.6.1) demands one of every 401; it names the headers that are missing.
    private const string Challenge =
        $"ApiKey realm=\"SafetyCenter\", headers=\"{Authenticator.ApiKeyHeader} {Authenticator.ApplicationKeyHeader} "
        + $"{Authenticator.ClientTokenHeader}\", Bearer realm=\"SafetyCenter\"";

    // The sentence of a refusal, for gateways that do not pass on the body of one.
    private const string RefusalHeader = "X-Refusal";

    // A verdict is true at the moment it is given.
    private const string NotStored = "no-store";

    private static readonly byte[] Valid = """{"valid":true}"""u8.ToArray();
    private static readonly byte[] Ok = """{"status":"ok"}"""u8.ToArray();
    private static readonly byte[] Unauthorized = Error("Unauthorized");
    private static readonly byte[] ApiKeyRequired = Error("API key required");
    private static readonly byte[] Forbidden = Error("Forbidden");
    private static readonly byte[] TooMany = Error(FailedAuthentications.Sentence);

    private static readonly Refusal NoCredential = new(
        $"No credential was sent. Send an API key in the header {Authenticator.ApiKeyHeader}.");

    private static readonly Refusal NoApiKey = new(
        "An application key needs an API key of the same organization beside it, "
        + $"in the header {Authenticator.ApiKeyHeader}.");

    // One sentence for all reasons: whoever found a key need not learn what became of it.
    private static readonly Refusal NotActive = new(
        "This credential opens nothing: it is unknown, revoked, or not of the organization of the key beside it. "
        + "Ask an admin of your organization for another.");

    private static readonly Refusal OrganizationDisabled = new(
        "The organization of this credential is disabled. Ask whoever operates this installation.");

    /// <summary>Adds the routes.</summary>
    internal void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").AllowAnonymous().DisableAntiforgery();

        // What follows routing is for people and for the API: sessions, permissions, a database context for each call. None
        // of it is needed here, and all of it together costs several times what a verification does.
        open.ShortCircuit();
        open.MapMethods("/verify", [HttpMethods.Get, HttpMethods.Post], VerifyAsync);
        open.Map("/verify/{first}/{**rest}", VerifyAsync);
        open.MapGet("/api/v1/validate", context => ValidateAsync(context, _ => Valid));
        open.MapGet("/api/v2/validate", context => ValidateAsync(context, ValidWithIds));
        open.MapGet("/api/v2/validate_keys", ValidateKeysAsync);
    }

    private async Task VerifyAsync(HttpContext context)
    {
        var authentication = await authenticator.AuthenticateAsync(context.Request, context.RequestAborted);
        switch (authentication.Verdict)
        {
            case Verdict.Active:
                usage.Note(authentication, context);
                var credential = authentication.Credential!;
                var headers = context.Response.Headers;
                headers.CacheControl = NotStored;
                headers["X-Organization-Id"] = credential.OrganizationHeader;
                headers["X-Credential-Id"] = credential.IdHeader;
                if (authentication.ApiKey is { } apiKey)
                {
                    headers["X-Api-Key-Id"] = apiKey.IdHeader;
                }

                headers["X-Credential-Kind"] = credential.KindHeader;
                headers["X-Scopes"] = credential.ScopesHeader;
                context.Response.ContentLength = 0;
                break;
            case Verdict.Missing:
                context.Response.Headers.WWWAuthenticate = Challenge;
                await RefuseAsync(context, StatusCodes.Status401Unauthorized, NoCredential);
                break;
            case Verdict.Incomplete:
                await RefuseAsync(context, StatusCodes.Status403Forbidden, NoApiKey);
                break;
            case Verdict.OrganizationDisabled:
                await RefuseAsync(context, StatusCodes.Status403Forbidden, OrganizationDisabled);
                break;
            default:
                refusals.Note(authentication, context);
                await RefuseAsync(context, StatusCodes.Status403Forbidden, NotActive);
                break;
        }
    }

    private async Task ValidateAsync(HttpContext context, Func<Known, byte[]> body)
    {
        var authentication =
            await authenticator.AuthenticateApiKeyAsync(context.Request.Headers, context.RequestAborted);
        switch (authentication.Verdict)
        {
            case Verdict.Active:
                usage.Note(authentication, context);
                await WriteAsync(context, StatusCodes.Status200OK, body(authentication.ApiKey!));
                break;
            case Verdict.Missing:
                await WriteAsync(context, StatusCodes.Status403Forbidden, ApiKeyRequired);
                break;
            default:
                await RefuseAsync(context, authentication, StatusCodes.Status403Forbidden, Forbidden);
                break;
        }
    }

    /// <summary>
    /// For an API key with its application key, or an access token in the place of one: somebody must stand behind the
    /// call. Refused with 401, which Datadog lists for this endpoint and for hardly another.
    /// </summary>
    private async Task ValidateKeysAsync(HttpContext context)
    {
        var authentication = await authenticator.AuthenticateAsync(context.Request, context.RequestAborted);
        if (authentication.Credential?.OwnerId is not null)
        {
            usage.Note(authentication, context);
            await WriteAsync(context, StatusCodes.Status200OK, Ok);
            return;
        }

        await RefuseAsync(context, authentication, StatusCodes.Status401Unauthorized, Unauthorized);
    }

    private Task RefuseAsync(HttpContext context, Authentication authentication, int status, byte[] body)
    {
        refusals.Note(authentication, context);
        return authentication.IsWrong && failures.AreTooMany(context, Door)
            ? WriteAsync(context, StatusCodes.Status429TooManyRequests, TooMany)
            : WriteAsync(context, status, body);
    }

    // API keys have no scopes.
    private static byte[] ValidWithIds(Known apiKey) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        data = new
        {
            id = apiKey.OrganizationId.Value,
            type = "validate_v2",
            attributes = new
            {
                valid = true,
                api_key_id = apiKey.Id.Value,
                api_key_scopes = Array.Empty<string>(),
            },
        },
    });

    private static Task RefuseAsync(HttpContext context, int status, Refusal refusal)
    {
        context.Response.Headers[RefusalHeader] = refusal.Sentence;
        return WriteAsync(context, status, refusal.Body);
    }

    private static Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = NotStored;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static byte[] Error(string sentence) => Encoding.UTF8.GetBytes($$"""{"errors":["{{sentence}}"]}""");

    // Made once, as header and as body. The sentence holds nothing that either would have to escape.
    private sealed class Refusal(string sentence)
    {
        public StringValues Sentence { get; } = sentence;

        public byte[] Body { get; } = Error(sentence);
    }
}
