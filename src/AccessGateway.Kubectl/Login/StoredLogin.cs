namespace AccessGateway.Kubectl.Login;

using AccessGateway.Kubectl.LocalFiles;

/// <summary>A login: what proves to one server who the caller is. Never sent to another server.</summary>
internal sealed record StoredLogin(string Server, string AccessToken, DateTimeOffset ExpiresAt, string? RefreshToken = null, MachineProof? Machine = null)
{
    public static StoredLogin? Read(PluginPaths paths) => PluginJson.Read(paths.LoginFile, PluginJson.Default.StoredLogin);

    /// <summary>Whether nothing of it can be in use any more, as far as it can be told here: a login with a refresh token may go on.</summary>
    public bool HasEnded(DateTimeOffset now) => RefreshToken is null && ExpiresAt <= now;

    /// <summary>For those who only want to get rid of it: what cannot be read is nothing.</summary>
    public static StoredLogin? ReadOrNothing(PluginPaths paths)
    {
        try
        {
            return Read(paths);
        }
        catch (CommandFailedException)
        {
            return null;
        }
    }

    public void Write(PluginPaths paths) => PluginJson.Write(paths.LoginFile, this, PluginJson.Default.StoredLogin);
}
