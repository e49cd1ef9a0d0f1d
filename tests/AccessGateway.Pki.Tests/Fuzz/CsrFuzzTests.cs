namespace AccessGateway.Pki.Tests.Fuzz;

using Xunit;

/// <summary>A slice of what `AccessGateway.Benchmarks fuzz-csr` does a million times.</summary>
public sealed class CsrFuzzTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Read_TwentyThousandInputs_EachReadSoonAndNothingKept()
    {
        using var fuzzer = new CsrFuzzer(seed: 20261127);
        var run = FuzzRun.Of(fuzzer, 20_000);
        Assert.True(run.Slowest.Computing < Limit, $"{run.Slowest}: {fuzzer.KindOf(run.Slowest.Input)}");
        Assert.True(run.Grown < 4 * 1024 * 1024, $"{run.Grown} bytes more than before");
        // The generator would be of no use if it never got past the signature, or always did.
        Assert.InRange(run.Accepted, 100, 19_000);
    }

    [Fact]
    public void Read_Corpus_AcceptedUnlessItsNameSaysSo()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus")))
            Assert.Equal(!Path.GetFileName(file).StartsWith("refused-", StringComparison.Ordinal), CheckedCsr.Read(File.ReadAllText(file)) is CsrResult.Accepted);
    }

    [Fact]
    public void Input_SameSeedAndNumber_SameTextUpToSignatures()
    {
        using var one = new CsrFuzzer(seed: 1);
        using var other = new CsrFuzzer(seed: 1);
        Assert.True(Enumerable.Range(0, 1000).Count(number => one.Input(number) == other.Input(number)) > 800);
    }
}
