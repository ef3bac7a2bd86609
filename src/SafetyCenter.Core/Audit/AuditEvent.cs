using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Audit;

/// <summary>What was done, in the few words of Datadog's audit trail.</summary>
public enum AuditAction
{
    /// <summary>Something came into being.</summary>
    Created,

    /// <summary>Something was changed.</summary>
    Modified,

    /// <summary>Something was ended.</summary>
    Deleted,

    /// <summary>Somebody was told something.</summary>
    Notification,

    /// <summary>Somebody signed in.</summary>
    Login,
}

/// <summary>Who did it.</summary>
public enum AuditActor
{
    /// <summary>A person or a service account.</summary>
    User,

    /// <summary>The operator, from the command line.</summary>
    Operator,

    /// <summary>A rule or the clock.</summary>
    System,
}

/// <summary>
/// One thing that was done: who, from where, to what, and what was before and after. Rows are written with what they
/// tell about, in its transaction; the database lets nobody change or delete them. No secret is ever in one.
/// </summary>
public sealed class AuditEvent
{
    /// <summary>Notes what was done.</summary>
    public AuditEvent(
        Id<Organization> organizationId,
        AuditAction action,
        string name,
        AuditAsset asset,
        AuditSource source,
        string? changes,
        string message,
        DateTimeOffset now)
    {
        Id = Id<AuditEvent>.New(now);
        OrganizationId = organizationId;
        At = now;
        Action = action;
        Name = name;
        (AssetType, AssetId, AssetName) = (asset.Type, asset.Id, asset.Name);
        (Actor, ActorId, ActorName, ActorEmail) = (source.Actor, source.UserId, source.Name, source.Email);
        (Method, CredentialId, CredentialName) = (source.Method, source.CredentialId, source.CredentialName);
        (Address, Client, HttpMethod, Path) = (source.Address, source.Client, source.HttpMethod, source.Path);
        Changes = changes;
        Message = message;
    }

    // For EF Core.
    private AuditEvent(string name, string assetType, string assetName, string actorName, string method, string message) =>
        (Name, AssetType, AssetName, ActorName, Method, Message) = (name, assetType, assetName, actorName, method, message);

    /// <summary>Its id; sorts by time.</summary>
    public Id<AuditEvent> Id { get; private set; }

    /// <summary>The organization it happened in.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What was done, coarsely.</summary>
    public AuditAction Action { get; private set; }

    /// <summary>What was done, exactly: <c>revoked</c>, <c>restored</c>, <c>rescoped</c>.</summary>
    public string Name { get; private set; }

    /// <summary>The kind of thing it was done to, in Datadog's words: <c>api_key</c>, <c>public_api_key</c>.</summary>
    public string AssetType { get; private set; }

    /// <summary>The thing.</summary>
    public Guid AssetId { get; private set; }

    /// <summary>Its name then.</summary>
    public string AssetName { get; private set; }

    /// <summary>Who did it.</summary>
    public AuditActor Actor { get; private set; }

    /// <summary>The user, when it was one.</summary>
    public Id<User>? ActorId { get; private set; }

    /// <summary>What they were called then.</summary>
    public string ActorName { get; private set; }

    /// <summary>Their address then.</summary>
    public string? ActorEmail { get; private set; }

    /// <summary>How they got in: <c>SESSION</c>, <c>API + App Key</c>, <c>ACCESS_TOKEN</c>, <c>NONE</c>.</summary>
    public string Method { get; private set; }

    /// <summary>The credential they called with, when they did.</summary>
    public Guid? CredentialId { get; private set; }

    /// <summary>Its name then.</summary>
    public string? CredentialName { get; private set; }

    /// <summary>The address they came from.</summary>
    public string? Address { get; private set; }

    /// <summary>Their client (User-Agent).</summary>
    public string? Client { get; private set; }

    /// <summary>The method of the request.</summary>
    public string? HttpMethod { get; private set; }

    /// <summary>The path of the request, without its query.</summary>
    public string? Path { get; private set; }

    /// <summary>A JSON object: each property that changed, with <c>before</c> and <c>after</c>.</summary>
    public string? Changes { get; private set; }

    /// <summary>One sentence for people.</summary>
    public string Message { get; private set; }
}

/// <summary>What something was done to.</summary>
/// <param name="Type">The kind, in Datadog's words.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name now.</param>
public sealed record AuditAsset(string Type, Guid Id, string Name);

/// <summary>Who does something, and from where; all as it is now.</summary>
public sealed record AuditSource(AuditActor Actor, string Name)
{
    /// <summary>The user.</summary>
    public Id<User>? UserId { get; init; }

    /// <summary>Their address.</summary>
    public string? Email { get; init; }

    /// <summary>How they got in.</summary>
    public string Method { get; init; } = "NONE";

    /// <summary>The credential they call with.</summary>
    public Guid? CredentialId { get; init; }

    /// <summary>Its name.</summary>
    public string? CredentialName { get; init; }

    /// <summary>The address they come from.</summary>
    public string? Address { get; init; }

    /// <summary>Their client.</summary>
    public string? Client { get; init; }

    /// <summary>The method of the request.</summary>
    public string? HttpMethod { get; init; }

    /// <summary>The path of the request.</summary>
    public string? Path { get; init; }
}
