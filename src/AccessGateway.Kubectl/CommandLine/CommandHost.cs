namespace AccessGateway.Kubectl.CommandLine;

using System.CommandLine;
using AccessGateway.Kubectl.Output;

/// <summary>What all commands share: the global options, and one place where failures become a message and an exit code.</summary>
internal sealed class CommandHost(PluginEnvironment environment)
{
    public Option<OutputFormat> Output { get; } = new("--output", "-o")
    {
        Description = "How to show results: table (as it is), wide, json, yaml or name.",
        Recursive = true,
        HelpName = "FORMAT",
        CustomParser = Arguments.OneOf<OutputFormat>,
    };

    public Option<string?> Totp { get; } = new("--totp")
    {
        Description = $"The TOTP code, where a call needs one. Else {Gateway.StepUpDialog.VariableName}, else you are asked.",
        Recursive = true,
        HelpName = "CODE",
    };

    public Option<bool> Browser { get; } = new("--browser")
    {
        Description = "Prove in a browser that it is you, with a passkey, where a call needs it; the rest as without.",
        Recursive = true,
    };

    public PluginEnvironment Environment => environment;

    public void Handle(Command command, Func<ParseResult, Invocation, CancellationToken, Task> action)
    {
        command.SetAction(async (parsed, cancellation) =>
        {
            using var invocation = new Invocation(environment, parsed.GetValue(Output), parsed.GetValue(Totp), parsed.GetValue(Browser));
            return await Failures.GuardAsync(environment, () => action(parsed, invocation, cancellation), cancellation);
        });
    }
}
