using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// How often one caller used one credential on one UTC day. Written in batches, never per call. Callers beyond
/// <see cref="CallersPerDayMax"/> a day share one row, so that a flood of addresses cannot fill the table.
/// </summary>
public sealed class Usage
{
    /// <summary>How many callers of one credential get a row of their own on one day.</summary>
    public const int CallersPerDayMax = 200;

    /// <summary>The longest client name that is kept, in characters.</summary>
    public const int ClientLengthMax = 120;

    /// <summary>The longest declared service that is kept, in characters.</summary>
    public const int ServiceLengthMax = 80;

    /// <summary>Address, client and service of the row that all further callers share.</summary>
    public const string OtherCallers = "(other callers)";

    /// <summary>Which credential.</summary>
    public Id<Credential> CredentialId { get; private set; }

    /// <summary>Whose credential; for the organization filter.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The UTC day.</summary>
    public DateOnly Day { get; private set; }

    /// <summary>The caller's address, as text.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The caller's client (User-Agent), cut to <see cref="ClientLengthMax"/>.</summary>
    public string Client { get; private set; } = "";

    /// <summary>The service that the caller said it is (header <c>DD-SERVICE</c>); empty when it said none.</summary>
    public string Service { get; private set; } = "";

    /// <summary>How many accepted calls.</summary>
    public long Calls { get; private set; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset FirstAt { get; private set; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset LastAt { get; private set; }
}

/// <summary>
/// That a credential made use of a permission, at our own API: when first and last, and how often. One row for each
/// permission, so its size is bounded by the catalogue.
/// </summary>
public sealed class ScopeUse
{
    /// <summary>Which credential.</summary>
    public Id<Credential> CredentialId { get; private set; }

    /// <summary>Whose credential; for the organization filter.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The permission that the call needed.</summary>
    public string Scope { get; private set; } = "";

    /// <summary>How many accepted calls needed it.</summary>
    public long Calls { get; private set; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset FirstAt { get; private set; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset LastAt { get; private set; }
}
