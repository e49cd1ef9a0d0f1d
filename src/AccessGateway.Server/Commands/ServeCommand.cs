namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Server.Hosting;

/// <summary>Runs the gateway until it is told to stop.</summary>
internal static class ServeCommand
{
    public static readonly Option<string?> Urls = new("--urls") { Description = "Addresses to listen on, separated by semicolons (default https://localhost:8443)." };

    private static readonly Option<bool> LocalSignIn = new("--local-sign-in") { Description = "Lets passwords sign in although SignIn:LocalSignIn is off, for emergencies." };

    public static Command Create()
    {
        var command = new Command("serve", "Runs the gateway (the default).") { Urls, LocalSignIn };
        command.SetAction(RunAsync);
        return command;
    }

    public static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = CommonOptions.Settings(parsed);
        if (parsed.GetValue(Urls) is { } urls)
            settings["Urls"] = urls;
        if (parsed.CommandResult.Command.Name == "serve" && parsed.GetValue(LocalSignIn))
            settings["SignIn:LocalSignIn"] = "true";
        await using var app = GatewayHost.Build(settings);
        await GatewayStartup.PrepareAsync(app.Services, cancellationToken);
        await GatewayStartup.InviteFirstAdministratorAsync(app.Services, cancellationToken);
        app.UseGateway();
        await app.RunAsync(cancellationToken);
        return 0;
    }
}
