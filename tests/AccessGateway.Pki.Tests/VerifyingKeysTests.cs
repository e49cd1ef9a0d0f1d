namespace AccessGateway.Pki.Tests;

using Xunit;

/// <summary>A key that came before changes nothing but the time.</summary>
public sealed class VerifyingKeysTests
{
    [Fact]
    public void Read_UnderAKeyThatCameBefore_EachSignatureIsCheckedStill()
    {
        var pem = Csrs.P256();
        Csrs.Accept(pem);
        Assert.Contains("signature is wrong", Csrs.Refuse(Tampered(pem)), StringComparison.Ordinal);
        Csrs.Accept(pem);
    }

    /// <summary>One key in the hands of many at once: none gets another's answer.</summary>
    [Fact]
    public void Read_OneKeyAtOnce_GoodAcceptedAndTamperedRefused()
    {
        var pem = Csrs.P256();
        var tampered = Tampered(pem);
        Parallel.For(0, 4_000, i => Assert.Equal(i % 2 == 0, CheckedCsr.Read(i % 2 == 0 ? pem : tampered) is CsrResult.Accepted));
    }

    /// <summary>More keys than are kept, and the first of them again.</summary>
    [Fact]
    public void Read_MoreKeysThanAreKept_AllCount()
    {
        var first = Csrs.P256();
        Csrs.Accept(first);
        for (var i = 0; i < 2_100; i++)
            Csrs.Accept(Csrs.P256());
        Csrs.Accept(first);
        Assert.InRange(VerifyingKeys.Count, 0, VerifyingKeys.Most);
    }

    private static string Tampered(string pem)
    {
        var der = Csrs.Der(pem);
        // In the subject, which is signed.
        var place = der.AsSpan().IndexOf("asked"u8);
        der[place] = (byte)'b';
        return Csrs.Pem(der);
    }
}
