namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using AccessGateway.Pki.Tests.Fuzz;

/// <summary>Throws inputs at the intake of CSRs; ends with 1 where one of them took 50 ms or memory grew.</summary>
internal static class CsrFuzzing
{
    private const int Seed = 1;
    private const long Tolerated = 16 * 1024 * 1024;

    public static int Run(int inputs)
    {
        using var fuzzer = new CsrFuzzer(Seed);
        var start = Stopwatch.GetTimestamp();
        var run = FuzzRun.Of(fuzzer, inputs);
        var whole = Stopwatch.GetElapsedTime(start);
        Console.WriteLine($"{run.Inputs} inputs in {whole.TotalSeconds:0} s (reading them {run.Reading.TotalSeconds:0} s, {run.Inputs / run.Reading.TotalSeconds:0}/s), {run.Accepted} accepted");
        Console.WriteLine($"slowest: input {run.SlowestInput}, {run.Slowest.TotalMilliseconds:0.00} ms; managed memory grew by {run.Grown / 1024} KiB; working set {Environment.WorkingSet / 1024 / 1024} MiB");
        return run.Slowest < TimeSpan.FromMilliseconds(50) && run.Grown < Tolerated ? 0 : 1;
    }
}
