namespace SafetyCenter.Web.Pages.Me;

/// <summary>
/// What a browser is called by people: "Firefox on Windows". Browsers claim to be each other, so whoever says least about
/// others is asked last.
/// </summary>
internal static class BrowserName
{
    private static readonly (string Sign, string Name)[] Browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Sign, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
        ("Macintosh", "Mac"), ("Linux", "Linux"),
    ];

    /// <summary>The name of whatever sends this User-Agent; as it says itself when we do not know it.</summary>
    public static string Of(string userAgent)
    {
        var browser = Array.Find(Browsers, known => userAgent.Contains(known.Sign, StringComparison.Ordinal)).Name;
        var system = Array.Find(Systems, known => userAgent.Contains(known.Sign, StringComparison.Ordinal)).Name;
        return browser is null ? (userAgent.Length == 0 ? "a browser that does not say its name" : userAgent)
            : system is null ? browser
            : $"{browser} on {system}";
    }
}
