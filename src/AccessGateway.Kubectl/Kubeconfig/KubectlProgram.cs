namespace AccessGateway.Kubectl.Kubeconfig;

using System.ComponentModel;
using System.Diagnostics;

internal sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>The kubectl on PATH. Arguments are passed as they are: no shell is involved.</summary>
internal sealed class KubectlProgram(PluginEnvironment environment)
{
    private static readonly string[] Passed = ["PATH", "HOME", "KUBECONFIG"];

    /// <param name="kubeconfig">In place of the environment's own KUBECONFIG.</param>
    public async Task<ProgramResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation, string? kubeconfig = null)
    {
        var start = new ProcessStartInfo(Programs.Find("kubectl", environment.Variable) ?? throw NotFound(), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var name in Passed)
            start.Environment[name] = environment.Variable(name);
        if (kubeconfig is not null)
            start.Environment["KUBECONFIG"] = kubeconfig;
        try
        {
            using var process = Process.Start(start) ?? throw NotFound();
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return new(process.ExitCode, await output, await error);
        }
        catch (Win32Exception)
        {
            throw NotFound();
        }
    }

    private static CommandFailedException NotFound() => new("there is no kubectl on PATH");
}
