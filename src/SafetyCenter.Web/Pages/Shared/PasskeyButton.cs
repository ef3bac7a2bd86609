namespace SafetyCenter.Web.Pages.Shared;

/// <summary>A button that has the browser make a passkey or prove with one, and then sends the form it stands in.</summary>
/// <param name="Ceremony">What to do: "create" or "get".</param>
/// <param name="Field">The field that takes what the device answers.</param>
/// <param name="Options">Where to ask what the browser needs for it.</param>
/// <param name="Words">What stands on the button.</param>
public sealed record PasskeyButton(string Ceremony, string Field, string Options, string Words)
{
    /// <summary>Proves with a passkey.</summary>
    public static PasskeyButton ToProve(string field, string words) =>
        new("get", field, "/sign-in/passkey?handler=Options", words);
}
