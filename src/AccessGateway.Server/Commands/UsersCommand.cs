namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Server.Hosting;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Manages accounts from a shell on the gateway; works beside a running gateway and while it is stopped.</summary>
internal static class UsersCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The user's name." };
    private static readonly Option<string?> GroupList = new("--groups") { Description = "Gateway groups, separated by commas; administrators and auditors have a meaning of their own." };
    private static readonly Option<string> AllGroups = new("--groups") { Description = "All of the user's groups, separated by commas; '' for none.", Required = true };

    private static readonly Option<string?> Email = new("--email") { Description = "Where mail reaches the user." };
    private static readonly Argument<string> Address = new("address") { Description = "Where mail reaches the user; '' for none." };

    public static Command Create()
    {
        var add = new Command("add", "Adds a user and prints a single-use enrolment link.") { Name, GroupList, Email };
        add.SetAction((parsed, token) => LinkAsync(parsed, (users, name) => users.AddAsync(AuditEvents.Console, name, GroupsOf(parsed.GetValue(GroupList)), token, email: parsed.GetValue(Email)), token));
        var invite = new Command("invite", "Prints a new enrolment link for a user who has not enrolled yet; the older one stops working.") { Name };
        invite.SetAction((parsed, token) => LinkAsync(parsed, (users, name) => users.InviteAsync(AuditEvents.Console, name, token), token));
        var reset = new Command("reset-mfa", "Takes a user's password, factors and logins away and prints a new enrolment link.") { Name };
        reset.SetAction((parsed, token) => LinkAsync(parsed, (users, name) => users.ResetAsync(AuditEvents.Console, name, token), token));
        var disable = new Command("disable", "Keeps a user out, at once: ends their logins, withdraws their requests and revokes their grants.") { Name };
        disable.SetAction(DisableAsync);
        var enable = new Command("enable", "Lets a disabled user in again.") { Name };
        enable.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetDisabledAsync(AuditEvents.Console, name, disabled: false, token), token));
        var unlock = new Command("unlock", "Forgets a user's failed attempts, so that a locked account can sign in at once.") { Name };
        unlock.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.UnlockAsync(AuditEvents.Console, name, token), token));
        var groups = new Command("groups", "Replaces a user's groups.") { Name, AllGroups };
        groups.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetGroupsAsync(AuditEvents.Console, name, GroupsOf(parsed.GetValue(AllGroups)), token), token));
        var email = new Command("email", "Says where mail reaches a user.") { Name, Address };
        email.SetAction((parsed, token) => ChangeAsync(parsed, (users, name) => users.SetEmailAsync(AuditEvents.Console, name, parsed.GetRequiredValue(Address) is { Length: > 0 } address ? address : null, token), token));
        var list = new Command("list", "Lists users.");
        list.SetAction(ListAsync);
        return new Command("users", "Manages accounts.") { add, invite, list, disable, enable, unlock, reset, groups, email, LinkCommand.Link(), LinkCommand.Unlink() };
    }

    private static string[] GroupsOf(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

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

    /// <summary>The clusters are told by this very process: it has the gateway's credentials, and a running gateway would notice only at
    /// its next pass.</summary>
    private static async Task<int> DisableAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var outcome = await gateway.Services.GetRequiredService<Users>().SetDisabledAsync(AuditEvents.Console, parsed.GetRequiredValue(Name), disabled: true, cancellationToken);
        if (!outcome.Is(out var user, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        foreach (var cluster in await gateway.Services.GetRequiredService<IHeldAccess>().ClustersNotToldAsync(user, cancellationToken))
            await Console.Error.WriteLineAsync($"warning: cluster '{cluster}' could not be told; a running gateway tries again every 20 seconds, and no new credential is issued");
        return 0;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var users = await gateway.Services.GetRequiredService<UserDirectory>().ReadAsync(new UserFilter(), int.MaxValue, after: null, cancellationToken);
        if (parsed.GetValue(CommonOptions.Output) == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(users, GatewayJson.Default.ListUserView));
            return 0;
        }

        const string row = "{0,-24} {1,-10} {2,-20} {3}";
        Console.WriteLine(row, "NAME", "STATE", "LAST SIGN-IN", "GROUPS");
        foreach (var user in users)
            Console.WriteLine(row, user.Name, user.State.ToString().ToLowerInvariant(), user.LastSignInAt?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "never", string.Join(",", user.Groups.Union(user.ProviderGroups)));
        return 0;
    }
}
