namespace SafetyCenter.Core.Findings;

/// <summary>A recommendation: its stable name, and the words its cards use.</summary>
/// <param name="Name">The name that outside readers know it by.</param>
/// <param name="Title">What a heading says.</param>
/// <param name="Risk">What can happen if it is left.</param>
/// <param name="Fix">What ends it, and what that changes.</param>
/// <param name="Tab">The tab that lists it: a path segment under the Safety Center.</param>
public sealed record FindingRule(string Name, string Title, string Risk, string Fix, string Tab)
{
    /// <summary>An API key that nobody has used for too long.</summary>
    public static readonly FindingRule UnusedApiKey = new(
        "unused-api-key",
        "Unused API keys",
        "A key nobody misses is a key nobody watches: if it is exposed, whoever finds it gets in unnoticed.",
        "Revoke it. Nothing has called with it, so nothing should stop working.",
        "access-sharing");

    /// <summary>An OAuth app that nobody has used for too long.</summary>
    public static readonly FindingRule InactiveOAuthApp = new(
        "inactive-oauth-app",
        "Inactive OAuth apps",
        "If the app's publisher is compromised, its standing access to your organization is compromised with it.",
        "Disable it. Its access ends at once; using it again needs everybody's new consent.",
        "access-sharing");

    /// <summary>An invite that has been waiting for too long.</summary>
    public static readonly FindingRule StaleInvite = new(
        "stale-invite",
        "Stale pending invites",
        "An unaccepted invite is an account without an owner, waiting in somebody's mailbox.",
        "Resend it if the person is still expected, or delete it.",
        "users");

    /// <summary>More admins than the organization's share of its people.</summary>
    public static readonly FindingRule TooManyAdmins = new(
        "too-many-admins",
        "Too many admins",
        "Each admin account that is taken over hands over the whole organization.",
        "Take the admin role away from people who do not need it. They keep what their other role allows.",
        "users");

    /// <summary>Only one admin.</summary>
    public static readonly FindingRule OnlyOneAdmin = new(
        "only-one-admin",
        "Only one admin",
        "If this person is away or locked out, nobody can revoke a leaked key.",
        "Make a second person an admin.",
        "users");

    /// <summary>No security contact, or none confirmed for six months.</summary>
    public static readonly FindingRule ContactsDue = new(
        "contacts-due",
        "Security contacts to review",
        "When a key leaks we write to these addresses. An address nobody reads is a warning nobody gets.",
        "Set the contacts, or confirm that they are still right.",
        "configuration");

    /// <summary>Every rule, in the order in which pages show them.</summary>
    public static IReadOnlyList<FindingRule> All { get; } =
        [UnusedApiKey, InactiveOAuthApp, StaleInvite, TooManyAdmins, OnlyOneAdmin, ContactsDue];
}
