namespace AccessGateway.Tests.Histories;

using System.Globalization;
using AccessGateway.Testing;
using Xunit;

/// <summary>Random histories against a small state machine. A failure names the seed and the steps that led there; the environment
/// variables <c>ACCESSGATEWAY_TEST_SEED</c> and <c>ACCESSGATEWAY_TEST_STEPS</c> repeat one and make it longer.</summary>
public sealed class HistoriesTests(ITestOutputHelper output)
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Walk_RandomSteps_TheGatewaySaysWhatTheModelSays(DatabaseKind kind)
    {
        var seed = Setting("ACCESSGATEWAY_TEST_SEED", Environment.TickCount);
        var steps = Setting("ACCESSGATEWAY_TEST_STEPS", 300);
        output.WriteLine($"ACCESSGATEWAY_TEST_SEED={seed} ACCESSGATEWAY_TEST_STEPS={steps}");
        await using var walk = await HistoryWalk.StartAsync(kind, seed);
        for (var i = 0; i < steps; i++)
        {
            try
            {
                await walk.StepAsync();
                await walk.CheckAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, step {i}: {e.Message}{Environment.NewLine}{string.Join(Environment.NewLine, walk.Done.TakeLast(20))}", e);
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
