namespace AccessGateway.Kubectl.CommandLine;

using System.CommandLine;
using System.Runtime.InteropServices;
using AccessGateway.Kubectl.AccessRequests;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.Diagnosis;
using AccessGateway.Kubectl.Grants;
using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Posture;
using AccessGateway.Kubectl.Reaping;

/// <summary>The command tree, and how it is run.</summary>
internal static class Plugin
{
    public static int Run(string[] args)
    {
        using var interrupted = new CancellationTokenSource();
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return RunAsync(args, PluginEnvironment.Real(), interrupted.Token).GetAwaiter().GetResult();

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    public static async Task<int> RunAsync(string[] args, PluginEnvironment environment, CancellationToken cancellation)
    {
        var host = new CommandHost(environment);
        var root = BuildTree(host);
        if (args is ["__complete", .. var words])
            return await Completion.RunAsync(root, host, words, cancellation);

        // A reason may begin with '@': no response files.
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Failures.Tell(environment, error.Message.TrimEnd('.'), ExitCodes.BadUsage);
            await environment.Error.WriteLineAsync($"See: {CommandPath(parsed)} --help");
            return ExitCodes.BadUsage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = environment.Out,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            },
            cancellation);
    }

    public static RootCommand BuildTree(CommandHost host) =>
        new("Just-in-time access to Kubernetes clusters: ask for a role, have it approved, use it for a limited time.")
        {
            LoginCommand.Create(host),
            LogoutCommand.Create(host),
            WhoamiCommand.Create(host),
            ClustersCommand.Create(host),
            RolesCommand.Create(host),
            PostureCommand.Create(host),
            RequestCommand.Create(host),
            RequestsCommand.Create(host),
            ReviewCommand.CreateApprove(host),
            ReviewCommand.CreateDeny(host),
            AfterReviewCommand.Create(host),
            CommentCommand.Create(host),
            WithdrawCommand.Create(host),
            ActivateCommand.Create(host),
            GrantsCommand.Create(host),
            UseCommand.Create(host),
            ExtendCommand.Create(host),
            EndCommand.Create(host),
            CredentialCommand.Create(host),
            DoctorCommand.Create(host),
            ReapCommand.Create(host),
            VersionCommand.Create(host),
            host.Output,
            host.Totp,
            host.Browser,
        };

    private static string CommandPath(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return command is RootCommand ? "kubectl access" : "kubectl access " + command.Name;
    }
}
