namespace AccessGateway.Pki.Tests;

using Xunit;

public sealed class DerShapeTests
{
    [Theory]
    [InlineData("3000")]
    [InlineData("30020500")]
    [InlineData("300430003000")]
    [InlineData("0500")]
    [InlineData("A0020500")]
    public void Fault_OneWholeValue_Null(string hex) => Assert.Null(Fault(hex));

    [Theory]
    [InlineData("", "ends within a value")]
    [InlineData("30", "ends within a value")]
    [InlineData("300105", "ends within a value")]
    [InlineData("3001", "longer than what holds it")]
    [InlineData("3003040400", "longer than what holds it")]
    [InlineData("30040403000000", "longer than what holds it")]
    [InlineData("3082", "ends within a length")]
    [InlineData("308201", "ends within a length")]
    [InlineData("30000000", "bytes behind its end")]
    [InlineData("05003000", "bytes behind its end")]
    [InlineData("30800000", "indefinite")]
    [InlineData("3084000000020500", "too large")]
    [InlineData("30FF", "too large")]
    [InlineData("30810205000000", "shortest way")]
    [InlineData("3082000205000000", "shortest way")]
    [InlineData("1F8100", "tag of several bytes")]
    [InlineData("BF8100", "tag of several bytes")]
    [InlineData("0000", "end-of-contents")]
    [InlineData("2400", "built of parts")]
    [InlineData("1000", "built of parts")]
    public void Fault_Malformed_SaysWhat(string hex, string fault) => Assert.Contains(fault, Fault(hex), StringComparison.Ordinal);

    [Fact]
    public void Fault_DepthAtLimit_Null() => Assert.Null(DerShape.Fault(Nested(DerShape.MaximumDepth)));

    [Fact]
    public void Fault_DepthOverLimit_SaysSo() =>
        Assert.Contains("nested more than 12", DerShape.Fault(Nested(DerShape.MaximumDepth + 1)), StringComparison.Ordinal);

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Fault_LengthOfObjectIdentifier_Bounded(int length, bool passes) =>
        Assert.Equal(passes, DerShape.Fault([0x06, (byte)length, .. new byte[length]]) is null);

    /// <summary>As deep as 8 KB of text allow, as sequences, sets and tags: some parsers end the process over this.</summary>
    [Theory]
    [InlineData(0x30)]
    [InlineData(0x31)]
    [InlineData(0xA0)]
    public void Read_Bomb_Refused(byte tag)
    {
        var pem = Csrs.Pem(Nested(1400, tag));

        Assert.InRange(pem.Length, 7000, CheckedCsr.MaximumLength);
        Assert.Contains("nested", Csrs.Refuse(pem), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BombOfIndefiniteLengths_Refused() =>
        Assert.Contains(
            "indefinite",
            Csrs.Refuse(Csrs.Pem(Enumerable.Repeat<byte[]>([0x30, 0x80], 2900).SelectMany(pair => pair).ToArray())),
            StringComparison.Ordinal);

    [Fact]
    public void Read_BombInAttributes_Refused() =>
        Assert.Contains(
            "nested",
            Csrs.Refuse(Csrs.ByHand(attributes: info => info.WriteEncodedValue(Nested(1000, 0xA0)))),
            StringComparison.Ordinal);

    [Fact]
    public void Read_BombInRsaKey_Refused()
    {
        var key = Csrs.KeyInfo("1.2.840.113549.1.1.1", writer => writer.WriteNull(), Nested(1000));

        Csrs.Refuse(Csrs.ByHand(publicKey: key));
    }

    private static string? Fault(string hex) => DerShape.Fault(Convert.FromHexString(hex));

    private static byte[] Nested(int depth, byte tag = 0x30)
    {
        var reversed = new List<byte>();
        for (var level = 0; level < depth; level++)
        {
            var length = reversed.Count;
            if (length < 0x80) reversed.AddRange([(byte)length, tag]);
            else if (length < 0x100) reversed.AddRange([(byte)length, 0x81, tag]);
            else reversed.AddRange([(byte)length, (byte)(length >> 8), 0x82, tag]);
        }

        reversed.Reverse();
        return [.. reversed];
    }
}
