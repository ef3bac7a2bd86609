namespace SafetyCenter.Web.People;

/// <summary>What became of one address that was to be invited.</summary>
public enum InviteOutcome
{
    /// <summary>An email is on its way.</summary>
    Invited,

    /// <summary>They are a user here already, or disabled here.</summary>
    AlreadyHere,

    /// <summary>They were invited before and have not come. Resend it instead.</summary>
    AlreadyInvited,

    /// <summary>The same address stands further up.</summary>
    Repeated,

    /// <summary>It is no address, or of a domain that is not allowed.</summary>
    Refused,
}

/// <summary>What became of one line.</summary>
/// <param name="Given">What was typed.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why, for whoever was not invited.</param>
public sealed record InviteLine(string Given, InviteOutcome Outcome, string? Reason = null);
