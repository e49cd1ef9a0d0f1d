namespace AccessGateway.Kubectl.Output;

/// <summary>One thing in detail, a line for each of its properties, as <c>kubectl describe</c> does.</summary>
internal static class Description
{
    public static void Write(TextWriter to, IEnumerable<(string Label, string? Value)> properties)
    {
        var shown = properties.Where(property => !string.IsNullOrEmpty(property.Value)).ToList();
        if (shown.Count == 0)
            return;
        var width = shown.Max(property => property.Label.Length) + 1;
        foreach (var (label, value) in shown)
            to.WriteLine($"{(label + ":").PadRight(width)}  {TerminalText.Clean(value)}");
    }
}
