namespace AccessGateway.Schedules;

/// <summary>A content line of RFC 5545, 3.1, unfolded.</summary>
/// <param name="Name">Upper case.</param>
/// <param name="Parameters">As they stand between the name and the colon.</param>
internal sealed record PropertyLine(string Name, string Parameters, string Value)
{
    /// <summary>Null where the line has no colon.</summary>
    public static PropertyLine? Parse(string line)
    {
        var colon = Find(line, ':', 0);
        if (colon < 0)
            return null;
        var head = line[..colon];
        var semicolon = head.IndexOf(';', StringComparison.Ordinal);
        return new PropertyLine((semicolon < 0 ? head : head[..semicolon]).ToUpperInvariant(), semicolon < 0 ? "" : head[(semicolon + 1)..], line[(colon + 1)..].Trim());
    }

    /// <summary>A parameter's value without its quotes.</summary>
    public string? Parameter(string name)
    {
        for (var at = 0; at < Parameters.Length;)
        {
            var end = Find(Parameters, ';', at);
            var one = Parameters[at..(end < 0 ? Parameters.Length : end)];
            if (one.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase))
                return one[(name.Length + 1)..].Trim('"');
            at += one.Length + 1;
        }

        return null;
    }

    /// <summary>A character outside of quotes: one within belongs to a parameter.</summary>
    private static int Find(string text, char wanted, int from)
    {
        var quoted = false;
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == wanted && !quoted)
                return i;
        }

        return -1;
    }
}
