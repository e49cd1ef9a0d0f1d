namespace AccessGateway.Kubectl.Login;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.Output;

/// <summary>Login from a machine without a browser: the device authorization grant (RFC 8628).</summary>
internal sealed class DeviceLogin(PluginEnvironment environment, OAuthClient oauth, PluginConfig config)
{
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slower = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(2);

    public async Task<StoredLogin> RunAsync(CancellationToken cancellation)
    {
        var started = environment.Time.GetUtcNow();
        var device = await oauth.AuthorizeDeviceAsync(environment.HostName, cancellation);
        await environment.Error.WriteLineAsync(
            TerminalText.Clean($"Open {device.VerificationUri} and enter the code {device.UserCode}"));

        var ends = started + TimeSpan.FromSeconds(device.ExpiresIn > 0 ? device.ExpiresIn : 300);
        var interval = device.Interval is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : UsualInterval;
        while (true)
        {
            if (environment.Time.GetUtcNow() + interval > ends)
                throw Expired();
            await Task.Delay(interval, environment.Time, cancellation);
            var now = environment.Time.GetUtcNow();
            switch (await PollAsync(device.DeviceCode!, cancellation))
            {
                case null:
                    // RFC 8628, 3.5: on a connection timeout, come back more slowly.
                    interval = Min(interval * 2, LongestInterval);
                    break;
                case { Error: OAuthErrors.AuthorizationPending }:
                    break;
                case { Error: OAuthErrors.SlowDown }:
                    interval += Slower;
                    break;
                case { Error: OAuthErrors.ExpiredToken }:
                    throw Expired();
                case var answer:
                    return OAuthClient.ToLogin(answer, config.Server, now);
            }
        }
    }

    private async Task<TokenAnswer?> PollAsync(string deviceCode, CancellationToken cancellation)
    {
        try
        {
            return await oauth.RedeemDeviceCodeAsync(deviceCode, cancellation);
        }
        catch (GatewayOutageException)
        {
            return null;
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static CommandFailedException Expired() => new("the code has expired; run the login again");
}
