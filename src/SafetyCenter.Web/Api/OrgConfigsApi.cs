using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Organizations;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What an organization allows and demands, and who its security contacts are, as Datadog's v2 API has it: org configs,
/// each by its name. Anybody in the organization may read them.
/// </summary>
internal static class OrgConfigsApi
{
    private const string Type = "org_configs";
    private const string Value = "value";

    // The table: every config, what it is now, and how it is set. Policies say the rest themselves.
    private static readonly IReadOnlyDictionary<string, Config> Configs = new[]
    {
        new Config(
            "security_contacts",
            "Who gets security emails: the primary contact, and after it the secondary one.",
            "security_contacts_list",
            organization => organization.Contacts.Select(contact => contact.Email),
            organization => organization.ContactsConfirmedAt,
            SetContactsAsync),
        Of(Policy.RequireSecondFactor, Flag),
        Of(Policy.AdminOnlyInvites, Flag),
        Of(Policy.LongInvites, Flag),
        Of(Policy.CustomRoles, Flag),
        Of(Policy.DisallowedOAuthClients, List),
        Of(Policy.AllowedDomains, List),
        Of(Policy.EnforceAllowedDomains, Flag),
        Of(Policy.MonitorTimezone, Text),
    }.ToDictionary(config => config.Name);

    private sealed record Config(
        string Name,
        string Description,
        string ValueType,
        Func<Organization, object?> ValueIn,
        Func<Organization, DateTimeOffset?> SetAt,
        Func<Call, ApiBody, Task<Organization>> SetAsync);

    /// <summary>What a call that sets a config has at hand.</summary>
    internal sealed record Call(
        HttpRequest Request, SafetyCenterDb Db, Actor Actor, TimeProvider Time, CancellationToken CancellationToken);

    /// <summary>Maps it.</summary>
    public static void MapOrgConfigs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/org_configs", ListAsync).Requires();
        routes.MapGet("/org_configs/{name}", GetAsync).Requires();
        routes.MapPatch("/org_configs/{name}", UpdateAsync).Requires(Permission.OrgManagement);
    }

    private static async Task<IResult> ListAsync(SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        var organization = await OrganizationAsync(db, actor, cancellationToken);
        return ApiAnswer.Ok(new { data = Configs.Values.Select(config => Resource(config, organization)) });
    }

    private static async Task<IResult> GetAsync(
        string name, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        Configs.GetValueOrDefault(name) is { } config
            ? ApiAnswer.Ok(new { data = Resource(config, await OrganizationAsync(db, actor, cancellationToken)) })
            : NotFound(name);

    private static async Task<IResult> UpdateAsync(string name, [AsParameters] Call call)
    {
        if (Configs.GetValueOrDefault(name) is not { } config)
        {
            return NotFound(name);
        }

        var body = await ApiBody.ReadAsync(call.Request, Type);
        return ApiAnswer.Ok(new { data = Resource(config, await config.SetAsync(call, body)) });
    }

    private static IResult NotFound(string name) => ApiAnswer.NotFound($"OrgConfig: {name}");

    private static Task<Organization> OrganizationAsync(
        SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        db.Organizations.AsNoTracking().Include(organization => organization.Contacts)
            .SingleAsync(organization => organization.Id == actor.OrganizationId, cancellationToken);

    private static object Resource(Config config, Organization organization) => new
    {
        type = Type,
        id = IdOf(config, organization),
        attributes = new
        {
            name = config.Name,
            description = config.Description,
            value_type = config.ValueType,
            value = config.ValueIn(organization),
            modified_at = Wire.Time(config.SetAt(organization)),
        },
    };

    // A config has no row, and still an id that stays: made of the organization's and the name (RFC 9562, version 8).
    private static Guid IdOf(Config config, Organization organization)
    {
        var id = SHA256.HashData(Encoding.UTF8.GetBytes($"{organization.Id}/{config.Name}")).AsSpan(0, 16);
        id[6] = (byte)(0x80 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id, bigEndian: true);
    }

    private static Config Of<T>(Policy<T> policy, Func<ApiBody, T> read) => new(
        policy.Name,
        policy.Description,
        policy.ValueType,
        organization => policy.In(organization),
        policy.SetAt,
        (call, body) =>
        {
            var value = Read(body, read);
            return PeopleLock.DoAsync(
                call.Db,
                call.Actor,
                [Permission.OrgManagement],
                organization =>
                {
                    policy.Set(organization, value, call.Time.GetUtcNow());
                    return Task.FromResult(organization);
                },
                call.CancellationToken);
        });

    private static async Task<Organization> SetContactsAsync(Call call, ApiBody body)
    {
        var contacts = Read(body, List);
        if (contacts.Count > 2)
        {
            throw RefusedException.Invalid("There can be two security contacts: a primary and a secondary one.", Value);
        }

        // A blank address would read as none.
        string?[] addresses = [.. contacts.Select(contact => Core.Text.Email(contact, Value)), null, null];
        var (organization, _) = await Appointing.ContactsAsync(
            call.Db, call.Actor, addresses[0], addresses[1], call.Time.GetUtcNow(), call.CancellationToken);
        return organization;
    }

    private static bool Flag(ApiBody body) => body.Flag(Value) ?? throw Missing();

    private static string Text(ApiBody body) => body.Text(Value) ?? throw Missing();

    private static IReadOnlyCollection<string> List(ApiBody body) => body.Texts(Value) ?? throw Missing();

    private static RefusedException Missing() => RefusedException.Invalid("value is required.", Value);

    // In Datadog's words, which name the value where one would expect the name.
    private static T Read<T>(ApiBody body, Func<ApiBody, T> read)
    {
        try
        {
            return read(body);
        }
        catch (RefusedException) when (body.Raw(Value) is { } value)
        {
            throw RefusedException.Invalid($"The value provided for parameter 'OrgConfig: {value}' is invalid", Value);
        }
    }
}
