namespace AccessGateway.Kubectl.CommandLine;

using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Output;

/// <summary>One run of one command: its environment, how it shows results, and the gateway once it is needed.</summary>
internal sealed class Invocation(PluginEnvironment environment, OutputFormat format, string? totp = null, bool browser = false) : IDisposable
{
    private GatewayTransport? _transport;
    private GatewayClient? _gateway;

    public PluginEnvironment Environment => environment;

    public Printer Printer { get; } = new(environment, format);

    public DateTimeOffset Now => environment.Time.GetUtcNow();

    /// <summary>The stored gateway, as the signed-in person.</summary>
    public GatewayClient Gateway => _gateway ??= Connect();

    public GrantCredentials Credentials => new(environment, () => Gateway);

    /// <summary>A line for a person, beside the result.</summary>
    public void Say(string line) => environment.Error.WriteLine(TerminalText.Clean(line));

    public void Dispose() => _transport?.Dispose();

    private GatewayClient Connect()
    {
        var config = PluginConfig.Require(environment.Paths);
        _transport = new GatewayTransport(config);
        return new(_transport, new AccessTokens(environment, new OAuthClient(_transport), config), new StepUpDialog(totp, browser, environment));
    }
}
