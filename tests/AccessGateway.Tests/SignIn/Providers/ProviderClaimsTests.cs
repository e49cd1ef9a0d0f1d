namespace AccessGateway.Tests.SignIn.Providers;

using System.Globalization;
using System.Security.Claims;
using AccessGateway.SignIn;
using Xunit;

/// <summary>What becomes of a provider's claims: names, groups.</summary>
public sealed class ProviderClaimsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("ann", "ann")]
    [InlineData("Ann.Lee@Corp.Example", "ann.lee@corp.example")]
    [InlineData("", null)]
    [InlineData("ann lee", null)]
    [InlineData("system:masters", null)]
    [InlineData("-ann", null)]
    [InlineData("ann\n", null)]
    [InlineData("änn", null)]
    [InlineData("\u212Aim", null)] // the Kelvin sign, whose lower case is an ASCII k
    [InlineData("ann\u202E", null)]
    [InlineData("../admin", null)]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123", null)]
    public void Read_UserName_AsLocalOnesOrNotAtAll(string claim, string? expected) => AssertName(new(), expected, ProviderProblem.NoUserName, ("preferred_username", claim));

    [Theory]
    [InlineData("ann@corp.example", "ann")]
    [InlineData("ANN@Corp.Example", "ann")]
    [InlineData("ann@evil.example", null)]
    [InlineData("ann@corp.example.evil.example", null)]
    [InlineData("ann@evil.example@corp.example", null)]
    [InlineData("ann", null)]
    [InlineData("ann@sub.corp.example", null)]
    public void Read_DomainStripped_OnlyThatDomain(string claim, string? expected) =>
        AssertName(new() { Domain = "corp.example", StripDomain = true }, expected, ProviderProblem.NotAllowed, ("preferred_username", claim));

    [Fact]
    public void Read_NothingBeforeTheDomain_Refused() =>
        AssertName(new() { Domain = "corp.example", StripDomain = true, Prefix = "corp." }, null, ProviderProblem.NoUserName, ("preferred_username", "@corp.example"));

    [Theory]
    [InlineData("corp-ann", "corp-ann")]
    [InlineData("corp-ann-x", null)]
    [InlineData("xcorp-ann", null)]
    public void Read_Pattern_MatchesWhole(string claim, string? expected) =>
        AssertName(new() { Pattern = "corp-[a-z]+|x" }, expected, ProviderProblem.NotAllowed, ("preferred_username", claim));

    [Fact]
    public void Read_Prefix_StandsBefore() => AssertName(new() { Prefix = "corp." }, "corp.ann", default, ("preferred_username", "Ann"));

    [Theory]
    [InlineData("true", "ann@corp.example")]
    [InlineData("false", null)]
    [InlineData(null, null)]
    public void Read_Email_OnlyVerified(string? verified, string? expected) =>
        AssertName(new() { Claim = "email" }, expected, ProviderProblem.NoUserName, verified is null ? [("email", "ann@corp.example")] : [("email", "ann@corp.example"), ("email_verified", verified)]);

    [Fact]
    public void Read_TwoNames_Refused()
    {
        var (claims, _) = ProviderClaims.Read(Provider(new()), Token(("preferred_username", "ann"), ("preferred_username", "admin")), Token(("preferred_username", "ann"), ("preferred_username", "admin")), Now);
        Assert.Null(claims);
    }

    [Fact]
    public void Read_Groups_OnlyMappedOnesExactly()
    {
        var token = Token(("preferred_username", "ann"), ("groups", "/ops"), ("groups", "/OPS"), ("groups", "administrators"), ("groups", "platform"), ("groups", "sre"), ("groups", "/sre"));
        var (claims, _) = ProviderClaims.Read(Provider(new()), token, token, Now);
        Assert.Equal(["platform", "sre"], claims!.Groups);
    }

    [Fact]
    public void Read_GroupsLeftOutBecauseTooMany_RefusedRatherThanNone()
    {
        var token = Token(("preferred_username", "ann"), ("_claim_names", """{"groups":"src1"}"""));
        Assert.Equal(ProviderProblem.TooManyGroups, ProviderClaims.Read(Provider(new()), token, token, Now).Problem);
    }

    [Fact]
    public void Read_NoMappedGroup_RefusedWhereRequired()
    {
        var token = Token(("preferred_username", "ann"), ("groups", "/other"));
        Assert.Empty(ProviderClaims.Read(Provider(new()), token, token, Now).Claims!.Groups);
        Assert.Equal(ProviderProblem.NoGroup, ProviderClaims.Read(Provider(new(), required: true), token, token, Now).Problem);
    }

    private static void AssertName(ProviderUserNameOptions options, string? expected, ProviderProblem problem, params (string, string)[] claims)
    {
        var token = Token(claims);
        var (read, found) = ProviderClaims.Read(Provider(options), token, token, Now);
        Assert.Equal(expected, read?.UserName);
        if (expected is null)
            Assert.Equal(problem, found);
    }

    private static ClaimsPrincipal Token(params (string Name, string Value)[] claims) => new(new ClaimsIdentity([
        new("sub", "s-1"), Instant("iat", Now), Instant("exp", Now.AddMinutes(5)), .. claims.Select(claim => new Claim(claim.Name, claim.Value))]));

    private static Claim Instant(string name, DateTimeOffset at) => new(name, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64);

    private static Provider Provider(ProviderUserNameOptions userName, bool required = false)
    {
        Environment.SetEnvironmentVariable("ACCESSGATEWAY_TEST_CLIENT_SECRET", "secret");
        return new Provider(new ProviderOptions
        {
            Name = "corp",
            Authority = "https://login.corp.example/",
            ClientSecretVariable = "ACCESSGATEWAY_TEST_CLIENT_SECRET",
            UserName = userName,
            Groups = new()
            {
                Required = required,
                Map = [new() { Provider = "/ops", Gateway = "platform" }, new() { Provider = "/sre", Gateway = "platform" }, new() { Provider = "/sre", Gateway = "sre" }],
            },
        });
    }
}
