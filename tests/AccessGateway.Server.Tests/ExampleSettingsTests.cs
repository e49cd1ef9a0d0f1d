namespace AccessGateway.Server.Tests;

using System.ComponentModel.DataAnnotations;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Server.Hosting;
using AccessGateway.SignIn;
using Microsoft.Extensions.Configuration;
using Xunit;

public sealed class ExampleSettingsTests
{
    private static readonly IConfigurationRoot Example = new ConfigurationBuilder().AddJsonFile(Path.Combine(FindRoot(), "appsettings.example.json")).Build();

    [Fact]
    public void Example_Gateway_BindsWithDefaultsAndNoUnknownKey() => AssertDefaults<GatewayOptions>("Gateway");

    [Fact]
    public void Example_Metrics_BindsWithDefaultsAndNoUnknownKey() => AssertDefaults<MetricsOptions>("Metrics");

    [Fact]
    public void Example_Database_BindsWithDefaultsAndNoUnknownKey() => AssertDefaults<DatabaseOptions>("Database");

    [Fact]
    public void Example_Keys_BindsWithDefaultsAndNoUnknownKey()
    {
        var bound = Example.GetRequiredSection("Keys").Get<KeysOptions>(binder => binder.ErrorOnUnknownConfiguration = true)!;
        Assert.Equal((KeySourceOptions.FromFile, ""), (bound.Source, bound.Previous.Source));
        AssertKeys<KeysOptions>("Keys");
        AssertKeys<KeySourceOptions>("Keys:Previous");
        AssertKeys<Pkcs11Options>("Keys:Pkcs11");
        AssertKeys<Pkcs11Options>("Keys:Previous:Pkcs11");
    }

    [Fact]
    public void Example_Logins_BindsWithDefaultsAndNoUnknownKey() => AssertDefaults<LoginOptions>("Logins");

    [Fact]
    public void Example_Machines_BindsWithDefaultsAndNoUnknownKey() => AssertDefaults<MachineOptions>("Machines");

    /// <summary>The one provider shows every key and is off, so that a copy of the file starts.</summary>
    [Fact]
    public void Example_SignIn_BindsWithEveryKeyAndAcceptsIt()
    {
        var section = Example.GetRequiredSection("SignIn");
        var bound = section.Get<SignInOptions>(binder => binder.ErrorOnUnknownConfiguration = true)!;
        Assert.True(bound.LocalSignIn);
        Assert.False(Assert.Single(bound.Providers).Enabled);
        Assert.True(new SignInOptionsValidation().Validate(null, bound).Succeeded);
        AssertKeys<SignInOptions>("SignIn");
        AssertKeys<ProviderOptions>("SignIn:Providers:0");
        AssertKeys<ProviderUserNameOptions>("SignIn:Providers:0:UserName");
        AssertKeys<ProviderGroupOptions>("SignIn:Providers:0:Groups");
        AssertKeys<ProviderGroupMapping>("SignIn:Providers:0:Groups:Map:0");
        AssertKeys<ProviderMfaOptions>("SignIn:Providers:0:Mfa");
        AssertKeys<ProviderRefreshOptions>("SignIn:Providers:0:Refresh");
    }

    [Fact]
    public void Example_Sections_AreTheKnownOnes() => Assert.Equal(["Database", "Gateway", "Keys", "Logins", "Machines", "Metrics", "SignIn", "Urls"], Example.GetChildren().Select(section => section.Key).Order());

    [Theory]
    [InlineData("http://gateway")]
    [InlineData("https://gateway/path")]
    [InlineData("https://user@gateway")]
    [InlineData("gateway")]
    public void PublicUrl_NotABareHttpsAddress_Invalid(string url)
    {
        var options = new GatewayOptions { PublicUrl = url };
        Assert.Throws<ValidationException>(() => Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true));
    }

    /// <summary>Every option stands in the example, with its default.</summary>
    private static void AssertDefaults<T>(string section)
        where T : class, new()
    {
        var bound = Example.GetRequiredSection(section).Get<T>(binder => binder.ErrorOnUnknownConfiguration = true)!;
        // What is only read is made of the others.
        var options = typeof(T).GetProperties().Where(property => property.CanWrite).ToList();
        Assert.Equal(options.Select(property => property.Name).Order(), Example.GetRequiredSection(section).GetChildren().Select(child => child.Key).Order());
        Assert.All(options, property => Assert.Equal(property.GetValue(new T()), property.GetValue(bound)));
    }

    private static void AssertKeys<T>(string section) =>
        Assert.Equal(typeof(T).GetProperties().Select(property => property.Name).Order(), Example.GetRequiredSection(section).GetChildren().Select(child => child.Key).Order());

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }
}
