namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Audit;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Ties accounts to people at a provider (<c>users link</c>, <c>users unlink</c>).</summary>
internal static class LinkCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The user's name." };
    private static readonly Option<string> ProviderName = new("--provider") { Description = "The provider's name in the settings.", Required = true };
    private static readonly Option<string> Subject = new("--subject") { Description = "The person's sub claim at the provider.", Required = true };

    public static Command Link()
    {
        var link = new Command("link", "Lets a user sign in through a provider, and with the password no more.") { Name, ProviderName, Subject };
        link.SetAction(async (parsed, token) =>
        {
            await using var gateway = await AdminScope.OpenAsync(parsed, token);
            var outcome = await gateway.Services.GetRequiredService<IdentityLinks>()
                .LinkAsync(AuditEvents.Console, parsed.GetRequiredValue(Name), parsed.GetRequiredValue(ProviderName), parsed.GetRequiredValue(Subject), token);
            return outcome.Is(out _, out var refusal) ? 0 : await CommandRunner.RefuseAsync(refusal.Detail);
        });
        return link;
    }

    public static Command Unlink()
    {
        var unlink = new Command("unlink", "Takes a user's provider away; reset-mfa then prints an enrolment link.") { Name };
        unlink.SetAction(async (parsed, token) =>
        {
            await using var gateway = await AdminScope.OpenAsync(parsed, token);
            var outcome = await gateway.Services.GetRequiredService<IdentityLinks>().UnlinkAsync(AuditEvents.Console, parsed.GetRequiredValue(Name), token);
            return outcome.Is(out _, out var refusal) ? 0 : await CommandRunner.RefuseAsync(refusal.Detail);
        });
        return unlink;
    }
}
