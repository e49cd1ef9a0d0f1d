namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using AccessGateway.Pki;
using AccessGateway.Pki.Tests.Fuzz;

/// <summary>Throws inputs at the intake of CSRs; ends with 1 where the reader computed 20 ms on one of them or memory grew.</summary>
internal static class CsrFuzzing
{
    private const int Seed = 1;
    private const int Tries = 200;
    private const long Tolerated = 16 * 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);

    public static int Run(int inputs)
    {
        using var fuzzer = new CsrFuzzer(Seed);
        var start = Stopwatch.GetTimestamp();
        var run = FuzzRun.Of(fuzzer, inputs);
        var whole = Stopwatch.GetElapsedTime(start);
        Console.WriteLine($"{run.Inputs} inputs in {whole.TotalSeconds:0} s (reading them {run.Reading.TotalSeconds:0} s, {run.Inputs / run.Reading.TotalSeconds:0}/s), {run.Accepted} accepted");
        Console.WriteLine($"computed longest on: {Of(run.Slowest)}: {What(fuzzer, run.Slowest.Input)}");
        Console.WriteLine($"answered latest: {Of(run.Latest)}: {What(fuzzer, run.Latest.Input)}");
        Alone(fuzzer, run.Latest.Input);
        Alone(fuzzer, run.Slowest.Input);
        Console.WriteLine($"managed memory grew by {run.Grown / 1024} KiB; working set {Environment.WorkingSet / 1024 / 1024} MiB");
        return run.Slowest.Computing < Limit && run.Grown < Tolerated ? 0 : 1;
    }

    /// <summary>One input by itself, and in full.</summary>
    public static int RunOne(int number)
    {
        using var fuzzer = new CsrFuzzer(Seed);
        Console.WriteLine($"input {number}: {What(fuzzer, number)}");
        Alone(fuzzer, number);
        Console.WriteLine(fuzzer.Input(number));
        return 0;
    }

    private static void Alone(CsrFuzzer fuzzer, int number) => Console.WriteLine($"alone, the best of {Tries}: {Of(FuzzRun.Best(fuzzer.Input(number), number, Tries))}");

    private static string Of(FuzzTime time) =>
        $"input {time.Input}, computing {time.Computing.TotalMilliseconds:0.00} ms of {time.Waiting.TotalMilliseconds:0.00} ms, {time.Collections} garbage collections in it";

    private static string What(CsrFuzzer fuzzer, int number)
    {
        var input = fuzzer.Input(number);
        return $"{fuzzer.KindOf(number)}, {input.Length} characters, {(CheckedCsr.Read(input) is CsrResult.Refused refused ? refused.Reason : "accepted")}";
    }
}
