namespace AccessGateway.Kubectl.Login;

using AccessGateway.Kubectl.LocalFiles;

/// <summary>Which gateway, and whom to believe that it is it.</summary>
/// <param name="CertificateAuthority">PEM; then the only trust root. Null for the system's.</param>
internal sealed record PluginConfig(string Server, string? CertificateAuthority = null)
{
    public Uri Address => new(Server, UriKind.Absolute);

    public static PluginConfig? Read(PluginPaths paths) => PluginJson.Read(paths.ConfigFile, PluginJson.Default.PluginConfig);

    public static PluginConfig Require(PluginPaths paths) =>
        Read(paths) ?? throw new CommandFailedException("not signed in; run: kubectl access login --server URL");

    public void Write(PluginPaths paths) => PluginJson.Write(paths.ConfigFile, this, PluginJson.Default.PluginConfig);

    /// <summary>An https URL with nothing after the path; a trailing slash is dropped.</summary>
    public static string ParseServer(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Host.Length == 0
            || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            throw new CommandFailedException($"'{text}' is no server address; give one such as https://access.example.com", ExitCodes.BadUsage);
        if (address.Scheme != Uri.UriSchemeHttps)
            throw new CommandFailedException("the server's address must start with https://", ExitCodes.BadUsage);
        return address.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }
}
