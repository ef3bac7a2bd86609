using Microsoft.AspNetCore.Identity;

namespace SafetyCenter.Web.Identity;

/// <summary>What we ask of passkeys.</summary>
public static class PasskeyRules
{
    /// <summary>Sets the rules, as ASP.NET Core Identity takes them.</summary>
    /// <param name="options">Identity's options.</param>
    /// <param name="publicUrl">Where people reach us: a passkey works at this host and no other.</param>
    public static void Set(IdentityPasskeyOptions options, Uri publicUrl)
    {
        options.ServerDomain = publicUrl.IdnHost;

        // It stands for password and second factor, so the device must ask for a finger or a PIN; and it must know
        // whose it is, as nobody types an address beside it.
        options.UserVerificationRequirement = "required";
        options.ResidentKeyRequirement = "required";
        options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && IsOurs(context, publicUrl));
    }

    // On the own machine the port differs from one start to the next, and nobody else can be on it.
    private static bool IsOurs(PasskeyOriginValidationContext context, Uri publicUrl)
    {
        var request = context.HttpContext.Request;
        return context.Origin == publicUrl.GetLeftPart(UriPartial.Authority)
            || (publicUrl.IsLoopback && context.Origin == $"{request.Scheme}://{request.Host}");
    }
}
