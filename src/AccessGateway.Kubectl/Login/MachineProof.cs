namespace AccessGateway.Kubectl.Login;

using System.Text;
using AccessGateway.Contracts;

/// <summary>How a machine proves who it is, each time anew: it has no refresh token. Paths are kept, never what is in the files: a
/// projected token is another one every few minutes.</summary>
/// <param name="Cluster">With a ServiceAccount: the registered cluster that issues its tokens.</param>
/// <param name="Audience">With a client: what the gateway calls itself.</param>
internal sealed record MachineProof(string? TokenFile = null, string? Cluster = null, string? ClientId = null, string? KeyFile = null, string? Audience = null)
{
    /// <summary>Where a projected volume is usually mounted.</summary>
    public const string UsualTokenFile = "/var/run/secrets/access-gateway/token";

    private const int MaxFile = 64 * 1024;

    public async Task<StoredLogin> LoginAsync(PluginEnvironment environment, OAuthClient oauth, string server, CancellationToken cancellation)
    {
        var now = environment.Time.GetUtcNow();
        var answer = TokenFile is not null
            ? await oauth.ExchangeServiceAccountAsync(Cluster ?? "", Read(TokenFile).Trim(), cancellation)
            : await oauth.ClientCredentialsAsync(this, server, now, cancellation);
        return OAuthClient.ToLogin(answer, server, now) with { RefreshToken = null, Machine = this };
    }

    /// <summary>Puts a client's name and assertion (RFC 7523, 2.2) into a form; nothing for a ServiceAccount, whose token stands for itself.</summary>
    public void Prove(Dictionary<string, string> form, string server, DateTimeOffset now)
    {
        if (ClientId is null)
            return;
        form["client_id"] = ClientId;
        form["client_assertion_type"] = OAuth.JwtBearerAssertion;
        form["client_assertion"] = ClientAssertion.Sign(Read(KeyFile ?? ""), ClientId, Audience ?? server, now);
    }

    private static string Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new CommandFailedException($"there is no file {path}");
            return file.Length <= MaxFile ? File.ReadAllText(path, Encoding.UTF8) : throw new CommandFailedException($"{path} is too large");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{path} cannot be read: {e.Message}");
        }
    }
}
