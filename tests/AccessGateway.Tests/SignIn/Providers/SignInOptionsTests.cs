namespace AccessGateway.Tests.SignIn.Providers;

using AccessGateway.SignIn;
using Microsoft.Extensions.Configuration;
using Xunit;

public sealed class SignInOptionsTests
{
    [Fact]
    public void Validate_UsualProvider_NoError() => Assert.Empty(Errors(Usual()));

    [Fact]
    public void Validate_EverythingWrong_EveryErrorAtOnceWithItsKey()
    {
        var options = new ProviderOptions
        {
            Name = "Not A Label",
            DisplayName = "x\u0007",
            Authority = "http://login.example",
            ClientSecretFile = "/nowhere/secret",
            ClientSecretVariable = "ACCESSGATEWAY_TEST_NO_SUCH_VARIABLE",
            CertificateAuthorityFile = "/nowhere/ca.crt",
            Scopes = ["profile"],
            Algorithms = ["HS256"],
            UserName = new() { Claim = "", StripDomain = true, Prefix = "_x", Pattern = "(?=a)" },
            Groups = new() { Claim = "", Map = [new() { Provider = "", Gateway = "Admins" }] },
            Mfa = new() { By = "somebody", Otherwise = "maybe", Acr = ["a b"], MaxAge = "soon" },
            Refresh = new() { Every = "1s", Grace = "-1m", SignInAgainAfter = "" },
        };
        var errors = Errors(options);
        string[] keys = [
            "Name", "DisplayName", "Authority", "ClientId", "ClientSecretFile", "ClientSecretVariable", "CertificateAuthorityFile", "Scopes", "Algorithms",
            "UserName:Claim", "UserName:StripDomain", "UserName:Prefix", "UserName:Pattern", "Groups:Claim", "Groups:Map:0:Provider", "Groups:Map:0:Gateway",
            "Mfa:By", "Mfa:Otherwise", "Mfa:Acr", "Mfa:MaxAge", "Refresh:Every", "Refresh:Grace", "Refresh:SignInAgainAfter"];
        Assert.All(keys, key => Assert.Contains(errors, error => error.StartsWith($"SignIn:Providers:0:{key}: ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("rs256")]
    public void Validate_Algorithm_OnlyKnownAsymmetricOnes(string algorithm)
    {
        var options = Usual();
        options.Algorithms = [algorithm];
        Assert.Single(Errors(options));
    }

    [Theory]
    [InlineData("https://user@login.example")]
    [InlineData("https://login.example?x=y")]
    [InlineData("https://login.example/#x")]
    [InlineData("login.example")]
    [InlineData("")]
    public void Validate_Authority_OnlyPlainHttps(string authority)
    {
        var options = Usual();
        options.Authority = authority;
        Assert.Single(Errors(options));
    }

    [Fact]
    public void Validate_NeitherSecretNorProviderMfaValues_Refused()
    {
        var options = Usual();
        options.ClientSecretVariable = "";
        options.Mfa.By = "provider";
        Assert.Equal(2, Errors(options).Count);
    }

    [Fact]
    public void Validate_TwoAlike_Refused()
    {
        var result = new SignInOptionsValidation().Validate(null, new SignInOptions { Providers = [Usual(), Usual()] });
        Assert.Equal(2, result.Failures!.Count());
    }

    [Fact]
    public void Validate_NoPasswordsAndNoProvider_Refused() =>
        Assert.Single(new SignInOptionsValidation().Validate(null, new SignInOptions { LocalSignIn = false }).Failures!);

    /// <summary>The secret in the settings themselves is an unknown key, which stops the start.</summary>
    [Theory]
    [InlineData("ClientSecret")]
    [InlineData("Mfa:Required")]
    [InlineData("Groups:Map:0:From")]
    public void Bind_UnknownKey_StopsTheStart(string key)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new($"SignIn:Providers:0:{key}", "x")]).Build();
        Assert.Throws<InvalidOperationException>(() => settings.GetSection("SignIn").Get<SignInOptions>(binder => binder.ErrorOnUnknownConfiguration = true));
    }

    private static IReadOnlyList<string> Errors(ProviderOptions options) =>
        [.. new SignInOptionsValidation().Validate(null, new SignInOptions { Providers = [options] }).Failures ?? []];

    private static ProviderOptions Usual()
    {
        Environment.SetEnvironmentVariable("ACCESSGATEWAY_TEST_CLIENT_SECRET", "secret");
        return new() { Name = "corp", Authority = "https://login.corp.example/", ClientId = "gateway", ClientSecretVariable = "ACCESSGATEWAY_TEST_CLIENT_SECRET" };
    }
}
