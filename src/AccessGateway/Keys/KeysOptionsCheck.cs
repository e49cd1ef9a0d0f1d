namespace AccessGateway.Keys;

using Microsoft.Extensions.Options;

/// <summary>Finds every error in the section <c>Keys</c>, each with its key.</summary>
internal sealed class KeysOptionsCheck : IValidateOptions<KeysOptions>
{
    /// <summary>Variables with this prefix are settings; a secret there would be taken for one.</summary>
    private const string SettingsPrefix = "ACCESSGATEWAY__";

    public ValidateOptionsResult Validate(string? name, KeysOptions options)
    {
        var problems = Problems("Keys", options).ToList();
        if (options.Previous.Source.Length > 0)
        {
            problems.AddRange(Problems("Keys:Previous", options.Previous));
            if (options.Previous.Source == KeySourceOptions.FromFile && options.Previous.File.Length == 0)
                problems.Add("Keys:Previous:File must name the previous key's file.");
        }

        return problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Problems(string section, KeySourceOptions options) => options.Source switch
    {
        KeySourceOptions.FromFile => [],
        KeySourceOptions.FromEnvironment => Variable($"{section}:EnvironmentVariable", options.EnvironmentVariable, "the key"),
        KeySourceOptions.FromPkcs11 => Problems($"{section}:Pkcs11", options.Pkcs11),
        _ => [$"{section}:Source must be file, environment or pkcs11."],
    };

    private static IEnumerable<string> Problems(string section, Pkcs11Options options)
    {
        if (!Path.IsPathFullyQualified(options.Module))
            yield return $"{section}:Module must be the absolute path of a PKCS #11 module.";
        if (options.TokenLabel.Length == 0)
            yield return $"{section}:TokenLabel must name the token.";
        if (options.KeyLabel.Length == 0)
            yield return $"{section}:KeyLabel must name the key.";
        if (options.PinFile.Length == 0 == (options.PinEnvironmentVariable.Length == 0))
            yield return $"{section}:PinFile or {section}:PinEnvironmentVariable must say where the PIN is, and only one of them.";
        else if (options.PinFile.Length == 0)
        {
            foreach (var problem in Variable($"{section}:PinEnvironmentVariable", options.PinEnvironmentVariable, "the PIN"))
                yield return problem;
        }
    }

    private static IEnumerable<string> Variable(string key, string variable, string what)
    {
        if (variable.Length == 0 || variable.Contains('='))
            yield return $"{key} must name the environment variable that holds {what}.";
        else if (variable.StartsWith(SettingsPrefix, StringComparison.OrdinalIgnoreCase))
            yield return $"{key} must not begin with {SettingsPrefix}: such variables are settings.";
    }
}
