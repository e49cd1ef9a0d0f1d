namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using Xunit;

public sealed class PemBlockTests
{
    private static readonly string Good = Csrs.P256();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    public void Read_Nothing_Refused(string? pem) => Assert.Contains("empty", Csrs.Refuse(pem), StringComparison.Ordinal);

    [Fact]
    public void Read_WhitespaceAround_Accepted() => Csrs.Accept("\r\n \t" + Good + " \n\n");

    [Fact]
    public void Read_CrLf_Accepted() => Csrs.Accept(Good.ReplaceLineEndings("\r\n"));

    [Fact]
    public void Read_ExactlyMaximumLength_Accepted() => Csrs.Accept(Good.PadRight(CheckedCsr.MaximumLength));

    [Fact]
    public void Read_OverMaximumLength_Refused() =>
        Assert.Contains("longer than 8192", Csrs.Refuse(Good.PadRight(CheckedCsr.MaximumLength + 1)), StringComparison.Ordinal);

    [Fact]
    public void Read_TwoRequests_Refused() =>
        Assert.Contains("more than one", Csrs.Refuse(Good + "\n" + Csrs.P256()), StringComparison.Ordinal);

    [Fact]
    public void Read_TextBefore_Refused() => Assert.Contains("text before", Csrs.Refuse("hello\n" + Good), StringComparison.Ordinal);

    [Theory]
    [InlineData("\nhello")]
    [InlineData("\0")]
    [InlineData("\u00a0")]
    public void Read_TextAfter_Refused(string text) => Assert.Contains("text after", Csrs.Refuse(Good + text), StringComparison.Ordinal);

    [Theory]
    [InlineData("NEW CERTIFICATE REQUEST")]
    [InlineData("CERTIFICATE")]
    [InlineData("certificate request")]
    public void Read_OtherLabel_Refused(string label) =>
        Assert.Contains(
            "not a PEM block labelled CERTIFICATE REQUEST",
            Csrs.Refuse(Good.Replace(Csrs.Label, label, StringComparison.Ordinal)),
            StringComparison.Ordinal);

    [Fact]
    public void Read_NoEnd_Refused() =>
        Assert.Contains("does not end", Csrs.Refuse(Good[..Good.IndexOf("-----END", StringComparison.Ordinal)]), StringComparison.Ordinal);

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST----------END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n\n-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----")]
    [InlineData("-----END CERTIFICATE REQUEST-----")]
    public void Read_LinesWithoutBody_Refused(string pem) => Csrs.Refuse(pem);

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("ENCRYPTED PRIVATE KEY")]
    [InlineData("OPENSSH PRIVATE KEY")]
    public void Read_PrivateKeyBesides_RefusedAsNeverToBeSent(string label)
    {
        var key = PemEncoding.WriteString(label, [1, 2, 3]);

        Assert.All([key, Good + key, key + Good], pem => Assert.Contains("must never be sent", Csrs.Refuse(pem), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData('\0')]
    [InlineData(' ')]
    [InlineData('-')]
    [InlineData('_')]
    [InlineData('é')]
    [InlineData('\uFF21')]
    [InlineData('\u2028')]
    public void Read_OtherCharacterInBody_Refused(char character) =>
        Assert.Contains("not base64", Csrs.Refuse(Good.Insert(60, character.ToString())), StringComparison.Ordinal);

    [Fact]
    public void Read_HeadersInBody_Refused() =>
        Csrs.Refuse(Good.Replace("REQUEST-----\nM", "REQUEST-----\nProc-Type: 4,ENCRYPTED\n\nM", StringComparison.Ordinal));

    [Fact]
    public void Read_BitsBehindTheLastByte_Refused()
    {
        // 1 byte takes 12 bits of two characters: A and Q differ in the 4 spare ones.
        const string Loose = "-----BEGIN CERTIFICATE REQUEST-----\nMAB=\n-----END CERTIFICATE REQUEST-----";

        Assert.Contains("zero bits", Csrs.Refuse(Loose), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingPadding_Refused() =>
        Csrs.Refuse("-----BEGIN CERTIFICATE REQUEST-----\nMAA\n-----END CERTIFICATE REQUEST-----");

    [Fact]
    public void Read_BodyOnTheLineThatBegins_Refused() =>
        Assert.Contains(
            "do not stand alone",
            Csrs.Refuse(Good.Replace("REQUEST-----\nM", "REQUEST-----M", StringComparison.Ordinal)),
            StringComparison.Ordinal);
}
