namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Xunit;

public sealed class CsrMutationTests
{
    private const int Iterations = 20_000;

    private static readonly string[] Good =
    [
        Csrs.P256(),
        CheckedCsrTests.Greedy(),
        CheckedCsrTests.OpenSslRequest("ed25519", []),
        Csrs.Rsa(2048, HashAlgorithmName.SHA256),
    ];

    private static readonly Gen<Mutation> Mutations =
        Gen.Select(Gen.Int[0, 4], Gen.Double[0, 1], Gen.Byte, Gen.Int[1, 40], (kind, at, value, count) => new Mutation(kind, at, value, count));

    private static readonly Gen<(int Seed, Mutation[] Mutations)> Cases =
        Gen.Select(Gen.Int[0, Good.Length - 1], Mutations.Array[1, 4]);

    /// <summary>Below the PEM. What is signed never changes in a request that is accepted.</summary>
    [Fact]
    public void Read_MutatedDer_NeverThrowsNorAcceptsOtherContents() =>
        Cases.Sample(
            sample =>
            {
                var der = Csrs.Der(Good[sample.Seed]);
                var mutated = sample.Mutations.Aggregate(der, (bytes, mutation) => mutation.Apply(bytes));

                return CheckedCsr.Read(Csrs.Pem(mutated)) switch
                {
                    CsrResult.Accepted accepted => SignedInfo(accepted.Csr.Der).SequenceEqual(SignedInfo(der)),
                    CsrResult.Refused refused => refused.Reason.EndsWith('.'),
                    _ => false,
                };
            },
            iter: Iterations);

    [Fact]
    public void Read_MutatedText_NeverThrowsNorAcceptsOtherBytes() =>
        Cases.Sample(
            sample =>
            {
                var text = Encoding.Latin1.GetBytes(Good[sample.Seed]);
                var mutated = sample.Mutations.Aggregate(text, (bytes, mutation) => mutation.Apply(bytes));

                return CheckedCsr.Read(Encoding.Latin1.GetString(mutated)) switch
                {
                    CsrResult.Accepted accepted => SignedInfo(accepted.Csr.Der).SequenceEqual(SignedInfo(Csrs.Der(Good[sample.Seed]))),
                    CsrResult.Refused refused => refused.Reason.EndsWith('.'),
                    _ => false,
                };
            },
            iter: Iterations);

    [Fact]
    public void Read_AnyText_NeverThrows() => Gen.String.Sample(text => CheckedCsr.Read(text) is CsrResult.Refused, iter: Iterations);

    [Fact]
    public void Fault_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 200].Sample(bytes => { _ = DerShape.Fault(bytes); }, iter: Iterations);

    private static byte[] SignedInfo(ReadOnlyMemory<byte> der) => CsrParts.Read(der).SignedInfo.ToArray();

    /// <summary>One change to some bytes, at a place given as a share of their length.</summary>
    private sealed record Mutation(int Kind, double At, byte Value, int Count)
    {
        internal byte[] Apply(byte[] bytes)
        {
            var at = Math.Min((int)(At * bytes.Length), bytes.Length);
            var end = Math.Min(at + Count, bytes.Length);
            return Kind switch
            {
                0 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (Value & 7))), .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 => [.. bytes[..at], .. Enumerable.Repeat(Value, Count), .. bytes[at..]],
                3 => [.. bytes[..at], .. bytes[end..]],
                4 => [.. bytes[..end], .. bytes[at..end], .. bytes[end..]],
                _ => bytes,
            };
        }
    }
}
