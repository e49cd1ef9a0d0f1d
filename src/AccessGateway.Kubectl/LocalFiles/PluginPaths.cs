namespace AccessGateway.Kubectl.LocalFiles;

/// <summary>Where the plugin keeps things (XDG base directories).</summary>
internal sealed class PluginPaths(Func<string, string?> variable)
{
    private const string FolderName = "access-gateway";

    public string ConfigFolder => Path.Combine(Base("XDG_CONFIG_HOME", ".config"), FolderName);

    public string ConfigFile => Path.Combine(ConfigFolder, "config.json");

    public string LoginFile => Path.Combine(ConfigFolder, "login.json");

    public string LoginLock => Path.Combine(ConfigFolder, "login.lock");

    public string CredentialsFolder => Path.Combine(Base("XDG_CACHE_HOME", ".cache"), FolderName, "credentials");

    public string CredentialFile(string grantId) => Path.Combine(CredentialsFolder, grantId + ".json");

    public string CredentialLock(string grantId) => Path.Combine(CredentialsFolder, grantId + ".lock");

    /// <summary>The specification says to ignore a relative path.</summary>
    private string Base(string name, string fallback)
    {
        var chosen = variable(name);
        if (!string.IsNullOrEmpty(chosen) && Path.IsPathRooted(chosen))
            return chosen;
        var home = variable("HOME");
        return string.IsNullOrEmpty(home)
            ? throw new CommandFailedException($"neither HOME nor {name} is set")
            : Path.Combine(home, fallback);
    }
}
