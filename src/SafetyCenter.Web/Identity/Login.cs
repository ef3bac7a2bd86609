using Microsoft.AspNetCore.Identity;

namespace SafetyCenter.Web.Identity;

/// <summary>How a person gets in: address, password, lockout. One login may be a user in several organizations.</summary>
public sealed class Login : IdentityUser<Guid>;
