namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Problems;
using AccessGateway.Server.Hosting;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Manages accounts from a shell on the gateway; works beside a running gateway and while it is stopped.</summary>
internal static class UsersCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The user's name." };
    private static readonly Option<string?> GroupList = new("--groups") { Description = "Gateway groups, separated by commas; administrators and auditors have a meaning of their own." };

    public static Command Create()
    {
        var add = new Command("add", "Adds a user and prints a single-use enrolment link.") { Name, GroupList };
        add.SetAction((parsed, token) => LinkAsync(parsed, (users, name) => users.AddAsync(AuditEvents.Console, name, GroupsOf(parsed), token), token));
        var reset = new Command("reset-mfa", "Takes a user's password and factors away and prints a new enrolment link.") { Name };
        reset.SetAction((parsed, token) => LinkAsync(parsed, (users, name) => users.ResetAsync(AuditEvents.Console, name, token), token));
        var disable = new Command("disable", "Keeps a user out, at once.") { Name };
        disable.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetDisabledAsync(AuditEvents.Console, name, disabled: true, token), token));
        var enable = new Command("enable", "Lets a disabled user in again.") { Name };
        enable.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetDisabledAsync(AuditEvents.Console, name, disabled: false, token), token));
        var groups = new Command("groups", "Sets a user's groups.") { Name, GroupList };
        groups.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetGroupsAsync(AuditEvents.Console, name, GroupsOf(parsed), token), token));
        var list = new Command("list", "Lists users.");
        list.SetAction(ListAsync);
        return new Command("users", "Manages accounts.") { add, list, disable, enable, reset, groups, LinkCommand.Link(), LinkCommand.Unlink() };
    }

    private static string[] GroupsOf(ParseResult parsed) =>
        parsed.GetValue(GroupList)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static async Task<int> LinkAsync(ParseResult parsed, Func<Users, string, Task<Outcome<string>>> act, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var outcome = await act(gateway.Services.GetRequiredService<Users>(), parsed.GetRequiredValue(Name));
        if (!outcome.Is(out var secret, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        Console.WriteLine(GatewayStartup.EnrolmentLink(gateway.Services, secret));
        return 0;
    }

    private static async Task<int> ChangeAsync(ParseResult parsed, Func<Users, string, Task<Outcome<User>>> act, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var outcome = await act(gateway.Services.GetRequiredService<Users>(), parsed.GetRequiredValue(Name));
        return outcome.Is(out _, out var refusal) ? 0 : await CommandRunner.RefuseAsync(refusal.Detail);
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var users = await gateway.Services.GetRequiredService<Users>().ListAsync(cancellationToken);
        var links = await gateway.Services.GetRequiredService<IdentityLinks>().ListAsync(cancellationToken);
        if (parsed.GetValue(CommonOptions.Output) == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(
                users.Select(user => new
                {
                    name = user.Name,
                    groups = user.Groups,
                    providerGroups = user.ProviderGroups,
                    provider = links.GetValueOrDefault(user.Id),
                    disabled = user.Disabled,
                    enrolled = user.PasswordHash is not null,
                }), JsonSerializerOptions.Web));
            return 0;
        }

        const string row = "{0,-24} {1,-10} {2}";
        Console.WriteLine(row, "NAME", "STATE", "GROUPS");
        foreach (var user in users)
            Console.WriteLine(row, user.Name, StateOf(user), string.Join(",", User.GroupsOf(user.Groups, user.ProviderGroups)));
        return 0;

        string StateOf(User user) => user.Disabled ? "disabled" : links.GetValueOrDefault(user.Id) ?? (user.PasswordHash is null ? "invited" : "enrolled");
    }
}
