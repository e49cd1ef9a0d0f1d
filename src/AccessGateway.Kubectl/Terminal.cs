namespace AccessGateway.Kubectl;

using System.Text;

/// <summary>The person at the other end, where there is one.</summary>
internal sealed record Terminal
{
    /// <summary>Whether stderr is a terminal: progress may then redraw its line.</summary>
    public required bool ShowsProgress { get; init; }

    /// <summary>Whether stdin is a terminal: a person can be asked.</summary>
    public required bool CanAsk { get; init; }

    /// <summary>Reads one line without echo.</summary>
    public required Func<CancellationToken, Task<string>> ReadHidden { get; init; }

    public static Terminal Real() => new()
    {
        ShowsProgress = !Console.IsErrorRedirected,
        CanAsk = !Console.IsInputRedirected,
        // Reading keys cannot be cancelled; the process ends without waiting for it, and the runtime restores the terminal.
        ReadHidden = cancellation => Task.Run(ReadKeys, CancellationToken.None).WaitAsync(cancellation),
    };

    private static string ReadKeys()
    {
        var line = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
                return line.ToString();
            if (key.Key == ConsoleKey.Backspace)
                line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                line.Append(key.KeyChar);
        }
    }
}
