namespace AccessGateway.Pki.Tests.Fuzz;

using System.Diagnostics;

/// <summary>What some inputs of a <see cref="CsrFuzzer"/> came to.</summary>
/// <param name="Slowest">The input that took longest, measured again where that looked long: other programs' turns are not its time.</param>
/// <param name="Grown">Bytes of managed memory more than before.</param>
internal sealed record FuzzRun(int Inputs, int Accepted, TimeSpan Reading, TimeSpan Slowest, int SlowestInput, long Grown)
{
    private const int Again = 5;

    /// <summary>Reads the inputs from 0 on.</summary>
    /// <exception cref="InvalidOperationException">Something was thrown, or an accepted request does not stand a second look.</exception>
    public static FuzzRun Of(CsrFuzzer fuzzer, int inputs)
    {
        foreach (var good in fuzzer.Corpus)
            CheckedCsr.Read(good);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (accepted, slowest, slowestInput) = (0, TimeSpan.Zero, 0);
        long reading = 0;
        for (var i = 0; i < inputs; i++)
        {
            var input = fuzzer.Input(i);
            var start = Stopwatch.GetTimestamp();
            var result = Read(input, i);
            var ticks = Stopwatch.GetTimestamp() - start;
            reading += ticks;
            if (result is CsrResult.Accepted { Csr: var csr })
            {
                accepted++;
                if (CheckedCsr.Read(csr.ToPem()) is not CsrResult.Accepted again || !again.Csr.SubjectPublicKeyInfo.Span.SequenceEqual(csr.SubjectPublicKeyInfo.Span))
                    throw new InvalidOperationException($"Input {i} is accepted, and written anew it is not the same.");
            }

            if (Stopwatch.GetElapsedTime(0, ticks) > slowest && Measure(input, i) is var measured && measured > slowest)
                (slowest, slowestInput) = (measured, i);
        }

        return new FuzzRun(inputs, accepted, Stopwatch.GetElapsedTime(0, reading), slowest, slowestInput, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    private static TimeSpan Measure(string input, int number)
    {
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < Again; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Read(input, number);
            var elapsed = Stopwatch.GetElapsedTime(start);
            best = elapsed < best ? elapsed : best;
        }

        return best;
    }

    private static CsrResult Read(string input, int number)
    {
        try
        {
            return CheckedCsr.Read(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Input {number} threw: {input}", e);
        }
    }
}
