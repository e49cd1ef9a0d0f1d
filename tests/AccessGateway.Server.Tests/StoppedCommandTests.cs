namespace AccessGateway.Server.Tests;

using System.Diagnostics;
using System.Globalization;
using AccessGateway.Testing;
using Xunit;

/// <summary>A command that is stopped while it works.</summary>
public sealed class StoppedCommandTests
{
    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Command_StoppedBySignal_SaysSoAndExitsAsShellsExpect(string signal, int expected)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(database: database, documents: NotifierDocuments.With(("hook", NotifierDocuments.Webhook(receiver.Address, NotifierDocuments.SecretFile()))));
        var (asked, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        receiver.Answer = _ =>
        {
            asked.TrySetResult();
            return done.Task;
        };
        var result = await ServerProgram.RunAsync(gateway.Data, database.Options, new Dictionary<string, string>(), async process =>
        {
            await asked.Task;
            using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }, "notify", "test", "hook");
        done.SetResult();
        Assert.Equal((expected, "error: stopped before it was done.\n"), (result.ExitCode, result.Errors));
    }
}
