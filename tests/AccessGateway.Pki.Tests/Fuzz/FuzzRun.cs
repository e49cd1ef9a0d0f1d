namespace AccessGateway.Pki.Tests.Fuzz;

using System.Diagnostics;

/// <summary>How long one input took.</summary>
/// <param name="Computing">Of the thread that reads it.</param>
/// <param name="Waiting">By the clock on the wall, others' turns and garbage collections included.</param>
internal sealed record FuzzTime(int Input, TimeSpan Computing, TimeSpan Waiting, int Collections);

/// <summary>What some inputs of a <see cref="CsrFuzzer"/> came to.</summary>
/// <param name="Slowest">The input that the reader computed longest on, the best of a few tries: what the input costs, not what happened to fall into its time.</param>
/// <param name="Latest">The input that was longest in the answering, at its only try.</param>
/// <param name="Grown">Bytes of managed memory more than before.</param>
internal sealed record FuzzRun(int Inputs, int Accepted, TimeSpan Reading, FuzzTime Slowest, FuzzTime Latest, long Grown)
{
    private const int Again = 5;

    /// <summary>Reads the inputs from 0 on.</summary>
    /// <exception cref="InvalidOperationException">Something was thrown, or an accepted request does not stand a second look.</exception>
    public static FuzzRun Of(CsrFuzzer fuzzer, int inputs)
    {
        foreach (var good in fuzzer.Corpus)
            CheckedCsr.Read(good);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (accepted, reading) = (0, TimeSpan.Zero);
        var slowest = new FuzzTime(0, TimeSpan.Zero, TimeSpan.Zero, 0);
        var latest = slowest;
        for (var i = 0; i < inputs; i++)
        {
            var input = fuzzer.Input(i);
            var (result, took) = Read(input, i);
            reading += took.Waiting;
            if (result is CsrResult.Accepted { Csr: var csr })
            {
                accepted++;
                if (CheckedCsr.Read(csr.ToPem()) is not CsrResult.Accepted again || !again.Csr.SubjectPublicKeyInfo.Span.SequenceEqual(csr.SubjectPublicKeyInfo.Span))
                    throw new InvalidOperationException($"Input {i} is accepted, and written anew it is not the same.");
            }

            latest = took.Waiting > latest.Waiting ? took : latest;
            if (took.Computing > slowest.Computing && Best(input, i, Again) is var best && best.Computing > slowest.Computing)
                slowest = best;
        }

        return new FuzzRun(inputs, accepted, reading, slowest, latest, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    /// <summary>The try that took the reader least.</summary>
    public static FuzzTime Best(string input, int number, int tries) => Enumerable.Range(0, tries).Select(_ => Read(input, number).Took).MinBy(took => took.Computing)!;

    private static (CsrResult Result, FuzzTime Took) Read(string input, int number)
    {
        try
        {
            var (collections, wall, computed) = (GC.CollectionCount(0), Stopwatch.GetTimestamp(), ThreadTime.Now);
            var result = CheckedCsr.Read(input);
            var (computing, waiting) = (ThreadTime.Now - computed, Stopwatch.GetElapsedTime(wall));
            return (result, new FuzzTime(number, computing, waiting, GC.CollectionCount(0) - collections));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Input {number} threw: {input}", e);
        }
    }
}
