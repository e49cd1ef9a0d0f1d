namespace AccessGateway.SignIn;

/// <summary>A User-Agent header in words that people know. A hint: whoever sends it chooses it.</summary>
internal static class BrowserName
{
    /// <summary>The more special first: most browsers claim to be the others too.</summary>
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ];

    /// <summary>Such as <c>Firefox on Linux</c>; null where nothing is recognized.</summary>
    public static string? Of(string userAgent)
    {
        var (browser, system) = (Find(Browsers, userAgent), Find(Systems, userAgent));
        return browser is not null && system is not null ? $"{browser} on {system}" : browser ?? system;
    }

    private static string? Find((string Mark, string Name)[] known, string text) =>
        Array.Find(known, each => text.Contains(each.Mark, StringComparison.Ordinal)).Name;
}
