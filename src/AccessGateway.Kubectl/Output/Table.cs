namespace AccessGateway.Kubectl.Output;

/// <summary>Tables as kubectl writes them: three spaces between columns, no borders, nothing after the last cell.</summary>
internal static class Table
{
    private const int Gap = 3;

    /// <param name="rows">Cells as they came; they are made safe here, and an empty one is shown as a dash.</param>
    public static void Write(TextWriter to, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string?>> rows)
    {
        List<IReadOnlyList<string>> lines = [headers, .. rows.Select(Clean)];
        var widths = Enumerable.Range(0, headers.Count).Select(column => lines.Max(line => TerminalText.Width(line[column]))).ToArray();
        foreach (var line in lines)
        {
            for (var column = 0; column < line.Count - 1; column++)
                to.Write(line[column] + new string(' ', widths[column] + Gap - TerminalText.Width(line[column])));
            to.WriteLine(line[^1]);
        }
    }

    private static List<string> Clean(IReadOnlyList<string?> row) =>
        [.. row.Select(cell => string.IsNullOrEmpty(cell) ? "-" : TerminalText.Clean(cell))];
}
