namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Shows machines and keeps them out, from a shell on the gateway. Which there may be stands in the documents.</summary>
internal static class MachinesCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The machine's name: sa:CLUSTER:NAMESPACE:NAME or client:NAME." };

    public static Command Create()
    {
        var list = new Command("list", "Lists machines that have signed in.");
        list.SetAction(ListAsync);
        var disable = new Command("disable", "Keeps a machine out, at once, and revokes its grants.") { Name };
        disable.SetAction((parsed, token) => SetDisabledAsync(parsed, disabled: true, token));
        var enable = new Command("enable", "Lets a disabled machine in again.") { Name };
        enable.SetAction((parsed, token) => SetDisabledAsync(parsed, disabled: false, token));
        return new Command("machines", "Shows machines, and keeps them out.") { list, disable, enable };
    }

    private static async Task<int> SetDisabledAsync(ParseResult parsed, bool disabled, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var name = parsed.GetRequiredValue(Name);
        if (!name.Contains(':', StringComparison.Ordinal))
            return await CommandRunner.RefuseAsync($"'{name}' is no machine's name; people are managed with users.");
        var outcome = await gateway.Services.GetRequiredService<Users>().SetDisabledAsync(AuditEvents.Console, name, disabled, cancellationToken);
        if (!outcome.Is(out var machine, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        foreach (var cluster in await gateway.Services.GetRequiredService<IHeldAccess>().ClustersNotToldAsync(machine, cancellationToken))
            await Console.Error.WriteLineAsync($"warning: cluster '{cluster}' could not be told; a running gateway tries again every 20 seconds, and no new credential is issued");
        return 0;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var machines = await gateway.Services.GetRequiredService<MachineDirectory>().ReadAsync(int.MaxValue, after: null, cancellationToken);
        if (parsed.GetValue(CommonOptions.Output) == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(machines, GatewayJson.Default.ListMachineView));
            return 0;
        }

        const string row = "{0,-48} {1,-10} {2,-7} {3,-7} {4}";
        Console.WriteLine(row, "NAME", "STATE", "LOGINS", "GRANTS", "LAST SIGN-IN");
        foreach (var machine in machines)
            Console.WriteLine(row, machine.Name, machine.State.ToString().ToLowerInvariant(), machine.Logins, machine.Grants, machine.LastSignInAt?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never");
        return 0;
    }
}
