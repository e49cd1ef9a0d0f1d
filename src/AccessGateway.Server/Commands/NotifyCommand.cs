namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Notifications;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Tries the notifiers.</summary>
internal static class NotifyCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The notifier's name." };
    private static readonly Option<string?> To = new("--to") { Description = "For mail: the address that gets the test; those of the document where missing." };

    public static Command Create()
    {
        var test = new Command("test", "Sends a test message and says what became of it.") { Name, To };
        test.SetAction(TestAsync);
        return new Command("notify", "Notifications.") { test };
    }

    private static async Task<int> TestAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var outcome = await gateway.Services.GetRequiredService<NotifierTest>().SendAsync(parsed.GetRequiredValue(Name), parsed.GetValue(To), cancellationToken);
        if (!outcome.Is(out var results, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        foreach (var result in results.Where(result => result.Error is null))
            Console.WriteLine($"{result.Recipient}: delivered");
        var failures = results.Where(result => result.Error is not null).ToList();
        foreach (var failure in failures)
            await CommandRunner.RefuseAsync($"{failure.Recipient}: {failure.Error}");
        return failures.Count == 0 ? 0 : CommandRunner.Refused;
    }
}
