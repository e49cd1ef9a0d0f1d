namespace AccessGateway.Kubectl;

using AccessGateway.Kubectl.LocalFiles;

/// <summary>Everything outside that a command touches but the network, so that tests run commands without a process.</summary>
internal sealed record PluginEnvironment
{
    public required Func<string, string?> Variable { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TimeProvider Time { get; init; }

    public required Terminal Terminal { get; init; }

    /// <summary>What a kubeconfig calls to run this program.</summary>
    public required string ProgramPath { get; init; }

    /// <summary>What this machine is called: by it people tell their log-ins apart.</summary>
    public required string HostName { get; init; }

    /// <summary>Shows an address in the person's browser; false where there is none.</summary>
    public required Func<Uri, bool> OpenBrowser { get; init; }

    public PluginPaths Paths => new(Variable);

    public static PluginEnvironment Real() => new()
    {
        Variable = Environment.GetEnvironmentVariable,
        Out = Console.Out,
        Error = Console.Error,
        Time = TimeProvider.System,
        Terminal = Terminal.Real(),
        ProgramPath = Environment.ProcessPath ?? "kubectl-access",
        HostName = Environment.MachineName,
        OpenBrowser = address => Login.Browser.Open(address, Environment.GetEnvironmentVariable),
    };
}
