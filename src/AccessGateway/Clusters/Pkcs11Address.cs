namespace AccessGateway.Clusters;

using AccessGateway.Keys;

/// <summary>Where a key is in a PKCS #11 token: a <c>pkcs11:</c> URI (RFC 7512) with <c>token</c>, <c>object</c> and, after the question mark,
/// <c>module-path</c> and <c>pin-source</c>. A PIN itself (<c>pin-value</c>) is refused: it would stand in the configuration.</summary>
internal sealed record Pkcs11Address(string Module, string Token, string Label, string PinFile)
{
    private const string Scheme = "pkcs11:";
    private static readonly string[] PathKeys = ["token", "object", "type"];
    private static readonly string[] QueryKeys = ["module-path", "pin-source"];

    public Pkcs11Options Options => new() { Module = Module, TokenLabel = Token, KeyLabel = Label, PinFile = PinFile };

    /// <summary>One of the two results is null.</summary>
    public static (Pkcs11Address? Address, string? Problem) Read(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return (null, "must begin with pkcs11:");
        var parts = uri[Scheme.Length..].Split('?', 2);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if ((Collect(parts[0], ';', PathKeys, values) ?? Collect(parts.Length > 1 ? parts[1] : "", '&', QueryKeys, values)) is { } problem)
            return (null, problem);
        if (values.GetValueOrDefault("type", "private") != "private")
            return (null, "type must be private.");
        foreach (var key in new[] { "token", "object", "module-path", "pin-source" })
        {
            if (values.GetValueOrDefault(key, "").Length == 0)
                return (null, $"{key} is missing.");
        }

        var pin = values["pin-source"];
        pin = pin.StartsWith("file:", StringComparison.Ordinal) ? pin["file:".Length..] : pin;
        pin = pin.StartsWith("//", StringComparison.Ordinal) ? pin[2..] : pin;
        return Path.IsPathRooted(pin) && Path.IsPathRooted(values["module-path"])
            ? (new Pkcs11Address(values["module-path"], values["token"], values["object"], pin), null)
            : (null, "module-path and pin-source must be absolute paths.");
    }

    private static string? Collect(string text, char separator, string[] known, Dictionary<string, string> values)
    {
        foreach (var pair in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? (pair[..at], pair[(at + 1)..]) : (pair, "");
            if (key == "pin-value")
                return "pin-value is refused: a PIN does not belong into the configuration; give pin-source.";
            if (!known.Contains(key))
                return $"'{key}' is not known here; give {string.Join(", ", known)}.";
            if (!values.TryAdd(key, Uri.UnescapeDataString(value)))
                return $"'{key}' comes twice.";
        }

        return null;
    }
}
