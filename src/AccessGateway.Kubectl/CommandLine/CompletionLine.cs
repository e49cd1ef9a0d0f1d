namespace AccessGateway.Kubectl.CommandLine;

using System.CommandLine;

/// <summary>How far a half-typed command line has come.</summary>
/// <param name="Positions">The words that are neither commands nor options.</param>
/// <param name="OptionAwaitingValue">Set where the next word is an option's value.</param>
internal sealed record CompletionLine(Command Command, IReadOnlyList<Option> AllOptions, IReadOnlyList<string> Positions, string? OptionAwaitingValue)
{
    public static CompletionLine Read(Command root, IReadOnlyList<string> words)
    {
        var command = root;
        var positions = new List<string>();
        string? awaiting = null;
        foreach (var word in words)
        {
            if (awaiting is not null)
                awaiting = null;
            else if (word.StartsWith('-'))
                awaiting = word.Contains('=', StringComparison.Ordinal) ? null : TakesValue(OptionsOf(root, command), word);
            else if (positions.Count == 0 && command.Subcommands.FirstOrDefault(c => c.Name == word) is { } below)
                command = below;
            else
                positions.Add(word);
        }

        return new(command, OptionsOf(root, command), positions, awaiting);
    }

    private static List<Option> OptionsOf(Command root, Command command) =>
        command == root ? [.. root.Options] : [.. command.Options, .. root.Options.Where(option => option.Recursive)];

    private static string? TakesValue(List<Option> options, string word) =>
        options.FirstOrDefault(o => o.Name == word || o.Aliases.Contains(word)) is { } option && option.ValueType != typeof(bool) && option.ValueType != typeof(void)
            ? option.Name
            : null;
}
