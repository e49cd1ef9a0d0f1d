namespace AccessGateway.Kubectl.Login;

/// <summary>The head of an HTTP/1.1 request, read strictly.</summary>
/// <param name="Query">Null where a parameter comes twice or is not well formed.</param>
internal sealed record CallbackRequest(string Method, string Path, IReadOnlyDictionary<string, string>? Query)
{
    /// <summary>Null for anything that is not a plain request to this very address: a name that resolves to 127.0.0.1 is somebody
    /// else's (DNS rebinding).</summary>
    public static CallbackRequest? Parse(string? head, int port)
    {
        if (head is null || head.Any(c => c is '\0' or > '~'))
            return null;
        var lines = head.Split("\r\n");
        var parts = lines[0].Split(' ');
        if (parts is not [var method, ['/', ..] target, "HTTP/1.1"])
            return null;
        var hosts = lines.Skip(1).Where(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)).ToArray();
        if (hosts is not [var host] || host["Host:".Length..].Trim() != $"127.0.0.1:{port}")
            return null;

        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? new(method, target, ParseQuery("")) : new(method, target[..mark], ParseQuery(target[(mark + 1)..]));
    }

    private static Dictionary<string, string>? ParseQuery(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !values.TryAdd(Decode(pair[..equals]), Decode(pair[(equals + 1)..])))
                return null;
        }

        return values;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
