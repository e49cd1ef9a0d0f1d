namespace AccessGateway.Tests.SignIn;

using System.Text;
using AccessGateway.SignIn;
using OtpNet;
using Xunit;

public sealed class TotpCodesTests
{
    private static readonly byte[] Rfc6238Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    /// <summary>RFC 6238, appendix B, SHA-1, cut to six digits as RFC 4226, 5.3 truncates.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Match_Rfc6238Vectors_StepOfTheTime(long seconds, string code) =>
        Assert.Equal(seconds / 30, TotpCodes.Match(Rfc6238Secret, code, DateTimeOffset.FromUnixTimeSeconds(seconds)));

    /// <summary>RFC 4226, appendix D: the same secret, each counter as the time step that it is.</summary>
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(4, "338314")]
    [InlineData(5, "254676")]
    [InlineData(6, "287922")]
    [InlineData(7, "162583")]
    [InlineData(8, "399871")]
    [InlineData(9, "520489")]
    public void Match_Rfc4226Vectors_StepOfTheCounter(long counter, string code) =>
        Assert.Equal(counter, TotpCodes.Match(Rfc6238Secret, code, DateTimeOffset.FromUnixTimeSeconds(counter * 30)));

    [Fact]
    public void Match_PreviousStep_Accepted() => Assert.Equal(1, TotpCodes.Match(Rfc6238Secret, "287082", DateTimeOffset.FromUnixTimeSeconds(89)));

    [Theory]
    [InlineData(90)]
    [InlineData(29)]
    public void Match_OtherSteps_Refused(long seconds) => Assert.Null(TotpCodes.Match(Rfc6238Secret, "287082", DateTimeOffset.FromUnixTimeSeconds(seconds)));

    [Theory]
    [InlineData(" 287082")]
    [InlineData("287082 ")]
    [InlineData("287 082")]
    [InlineData("２８７０８２")]
    [InlineData("28708")]
    [InlineData("2870822")]
    [InlineData("28708a")]
    [InlineData("")]
    public void Match_NotSixAsciiDigits_Refused(string code) => Assert.Null(TotpCodes.Match(Rfc6238Secret, code, DateTimeOffset.FromUnixTimeSeconds(59)));

    [Fact]
    public void Uri_Secret_CarriesIssuerAccountAndSecret()
    {
        var uri = TotpCodes.Uri(Rfc6238Secret, "AccessGateway", "alice");
        Assert.StartsWith("otpauth://totp/AccessGateway:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", uri, StringComparison.Ordinal);
        Assert.Contains("issuer=AccessGateway", uri, StringComparison.Ordinal);
    }

    [Fact]
    public void NewSecret_Always_160Bits() => Assert.Equal(20, Base32Encoding.ToBytes(TotpCodes.Base32(TotpCodes.NewSecret())).Length);
}
