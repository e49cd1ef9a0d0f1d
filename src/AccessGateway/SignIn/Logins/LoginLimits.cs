namespace AccessGateway.SignIn;

using AccessGateway.Contracts;

/// <summary>How long logins last: <see cref="LoginOptions"/>, read.</summary>
internal sealed record LoginLimits(TimeSpan BrowserIdle, TimeSpan BrowserAbsolute, TimeSpan PluginIdle, TimeSpan PluginAbsolute)
{
    public static LoginLimits Of(LoginOptions options) =>
        new(Read(options.BrowserIdle), Read(options.BrowserAbsolute), Read(options.PluginIdle), Read(options.PluginAbsolute));

    /// <summary>When a login ends by itself, if it is not used until then.</summary>
    public DateTimeOffset EndOf(Login login)
    {
        if (login is MachineLogin machine)
            return machine.ExpiresAt;
        var (idle, absolute) = login is PluginLogin ? (PluginIdle, PluginAbsolute) : (BrowserIdle, BrowserAbsolute);
        var (unused, old) = (login.LastSeenAt + idle, login.CreatedAt + absolute);
        return unused < old ? unused : old;
    }

    public bool Allow(Login login, DateTimeOffset now) => login.EndedAt is null && now < EndOf(login);

    private static TimeSpan Read(string text) =>
        DurationText.TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is no duration; the options were not validated.");
}
