using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Web.Api;

/// <summary>Marks an endpoint that programs call with their credentials; <see cref="ApiGate"/> stands before it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ApiEndpointAttribute : Attribute;

/// <summary>
/// Stands before every endpoint of the API. In this order: who calls (the one <see cref="Authenticator"/>), the permission
/// that the endpoint names, then the endpoint, whose queries are bound to the caller's organization. A refusal of the domain
/// becomes an answer here, and an accepted call a use of the credential: refused ones do not count.
/// </summary>
public sealed class ApiGate(RequestDelegate next)
{
    // Said when there is nobody to tell more to; these are the words that Datadog's clients know.
    private const string Forbidden = "Forbidden";
    private const string ApiKeyRequired = "API key required";

    private const string OrganizationDisabled =
        "Forbidden: the organization of this credential is disabled. Ask whoever operates this installation.";

    /// <summary>Lets the call through, or answers 403; 429 to whoever was wrong too often.</summary>
    public async Task InvokeAsync(
        HttpContext context,
        Authenticator authenticator,
        UsageBuffer usage,
        TestRefusals refusals,
        FailedAuthentications failures,
        SafetyCenterDb db,
        Actor actor,
        CurrentOrganization current)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<ApiEndpointAttribute>() is null)
        {
            await next(context);
            return;
        }

        var authentication = await authenticator.AuthenticateAsync(context.Request, context.RequestAborted);
        if (authentication.Credential is not { OwnerId: { } ownerId } credential)
        {
            refusals.Note(authentication, context);
            await (authentication.IsWrong && failures.AreTooMany(context, VerifyApi.Door)
                ? ApiAnswer.WriteErrorsAsync(context, 429, FailedAuthentications.Sentence)
                : ApiAnswer.WriteErrorsAsync(context, 403, WhyNobody(authentication.Verdict)));
            return;
        }

        if (!await EnterAsync(context, credential, authentication, ownerId, db, actor, current))
        {
            await ApiAnswer.WriteErrorsAsync(context, 403, Forbidden);
            return;
        }

        // One without a mark is closed.
        var required = endpoint.Metadata.GetMetadata<RequiresPermissionAttribute>();
        if (required?.Admits(actor) != true)
        {
            await ApiAnswer.WriteErrorsAsync(context, 403, WhyNot(required, actor));
            return;
        }

        try
        {
            await next(context);
        }
        catch (RefusedException refused) when (!context.Response.HasStarted)
        {
            await ApiAnswer.WriteErrorsAsync(context, StatusOf(refused.Refusal), refused.Message);
        }

        if (context.Response.StatusCode is not (401 or 403))
        {
            usage.Note(authentication, context, required.AnyOf.FirstOrDefault(actor.May));
        }
    }

    private static string WhyNobody(Verdict verdict) => verdict switch
    {
        Verdict.Missing or Verdict.Incomplete => ApiKeyRequired,
        Verdict.OrganizationDisabled => OrganizationDisabled,
        _ => Forbidden,
    };

    private static int StatusOf(Refusal refusal) => refusal switch
    {
        Refusal.Forbidden => 403,
        Refusal.Conflict => 409,
        Refusal.Contradiction => 422,
        _ => 400,
    };

    private static async Task<bool> EnterAsync(
        HttpContext context,
        Known credential,
        Authentication authentication,
        Id<User> ownerId,
        SafetyCenterDb db,
        Actor actor,
        CurrentOrganization current)
    {
        current.Id = credential.OrganizationId;
        var found = await (
            from user in db.People.Include(user => user.Roles)
            join organization in db.Organizations on user.OrganizationId equals organization.Id
            where user.Id == ownerId
            select new
            {
                User = user,
                Organization = organization,
                CredentialName = db.Credentials.Where(row => row.Id == credential.Id).Select(row => row.Name).FirstOrDefault(),
            })
            .AsNoTracking()
            .SingleOrDefaultAsync(context.RequestAborted);
        if (found is not { User.Status: UserStatus.Active, Organization.DisabledAt: null })
        {
            return false;
        }

        var method = authentication.ApiKey is null ? "ACCESS_TOKEN" : "API + App Key";
        actor.Is(
            found.User,
            found.Organization,
            RequestSource.Of(context, found.User, method) with
            {
                CredentialId = credential.Id.Value,
                CredentialName = found.CredentialName,
            },
            new CalledWith(credential.Id, credential.KindName, credential.Scopes, credential.EndsAt));
        return true;
    }

    // Which one is missing, and whether it is the person or the credential that lacks it.
    private static string WhyNot(RequiresPermissionAttribute? required, Actor actor)
    {
        if (required is null)
        {
            return Forbidden;
        }

        var held = required.AnyOf.Where(actor.User.Has).ToList();
        return held.Count == 0
            ? $"Forbidden: this call needs the permission {required}, which the roles of {actor.User.DisplayName} do not grant."
            : $"Forbidden: this call needs {string.Join(" or ", held)} among the scopes of the credential it is made with.";
    }
}
