namespace AccessGateway.Tests.Keys;

using System.Security.Cryptography;
using AccessGateway.Keys;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

public sealed class KeySourcesTests
{
    [Fact]
    public void Validate_EverythingWrong_EveryErrorNamesItsKey()
    {
        var result = new KeysOptionsCheck().Validate(null, new KeysOptions
        {
            Source = "pkcs11",
            Pkcs11 = new Pkcs11Options { Module = "libsofthsm2.so", PinFile = "/pin", PinEnvironmentVariable = "PIN" },
            Previous = new KeySourceOptions { Source = "environment", EnvironmentVariable = "ACCESSGATEWAY__Keys__File" },
        });
        Assert.Equal(
            ["Keys:Pkcs11:KeyLabel", "Keys:Pkcs11:Module", "Keys:Pkcs11:PinFile", "Keys:Pkcs11:TokenLabel", "Keys:Previous:EnvironmentVariable"],
            result.Failures!.Select(failure => failure.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("file", "", true)]
    [InlineData("File", "", false)]
    [InlineData("", "", false)]
    [InlineData("vault", "", false)]
    [InlineData("environment", "", false)]
    [InlineData("environment", "A=B", false)]
    [InlineData("environment", "KEY", true)]
    public void Validate_Source_OnlyTheKnownAndWhole(string source, string variable, bool valid) =>
        Assert.Equal(valid, new KeysOptionsCheck().Validate(null, new KeysOptions { Source = source, EnvironmentVariable = variable }).Succeeded);

    [Fact]
    public void Validate_PreviousFileWithoutAPath_Refused() =>
        Assert.Contains("Keys:Previous:File", new KeysOptionsCheck().Validate(null, new KeysOptions { Previous = new KeySourceOptions() }).FailureMessage);

    [Theory]
    [InlineData("")]
    [InlineData("not base64 at all, not base64 at all, not 44")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAA AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Open_MalformedVariable_RefusedWithoutItsText(string value)
    {
        var variable = $"TEST_KEK_{RandomNumberGenerator.GetHexString(8)}";
        Environment.SetEnvironmentVariable(variable, value);
        var failure = Assert.Throws<InvalidOperationException>(() => FromVariable(variable).Open());
        Assert.StartsWith($"Keys:EnvironmentVariable: the environment variable {variable} ", failure.Message);
        if (value.Length > 0)
            Assert.DoesNotContain(value, failure.Message);
    }

    [Fact]
    public void Open_VariableNotSet_Refused() =>
        Assert.Contains("is not set", Assert.Throws<InvalidOperationException>(() => FromVariable("TEST_KEK_NOBODY_SET").Open()).Message);

    /// <summary>The id belongs to the key, not to where it is kept.</summary>
    [Fact]
    public void Open_TheSameKeyInFileAndVariable_TheSameId()
    {
        using var folder = new Folder();
        KeyFile.CreateKey(folder.KeyFile);
        var variable = $"TEST_KEK_{RandomNumberGenerator.GetHexString(8)}";
        Environment.SetEnvironmentVariable(variable, $" {Convert.ToBase64String(File.ReadAllBytes(folder.KeyFile))}\n");
        using var fromFile = new KeyEncryptionKeys(Options.Create(new KeysOptions { File = folder.KeyFile })).Open();
        using var fromVariable = FromVariable(variable).Open();
        Assert.Equal(fromFile.Current.Id, fromVariable.Current.Id);
        Assert.Matches("^kek-[0-9a-f]{16}$", fromFile.Current.Id);
        Assert.Equal([1, 2, 3], fromVariable.Current.Unwrap(fromFile.Current.Wrap([1, 2, 3], [9]), [9]));
        Assert.ThrowsAny<CryptographicException>(() => fromVariable.Current.Unwrap(fromFile.Current.Wrap([1, 2, 3], [9]), [8]));
    }

    [Fact]
    public async Task Gateway_KeyInTheEnvironment_MakesNoFile()
    {
        var variable = $"TEST_KEK_{RandomNumberGenerator.GetHexString(8)}";
        Environment.SetEnvironmentVariable(variable, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path, configure: services =>
            services.Configure<KeysOptions>(keys => (keys.Source, keys.EnvironmentVariable) = ("environment", variable)));
        await gateway.FillAsync();
        Assert.All(await gateway.CheckAsync(), state => Assert.Null(state.Problem));
        Assert.False(File.Exists(data.KeyFile));
    }

    private static KeyEncryptionKeys FromVariable(string variable) => new(Options.Create(new KeysOptions { Source = "environment", EnvironmentVariable = variable }));
}
