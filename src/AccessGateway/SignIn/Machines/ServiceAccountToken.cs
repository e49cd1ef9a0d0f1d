namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;

/// <summary>What a ServiceAccount's token for this gateway says of itself. The cluster checks whether that is true.</summary>
internal sealed record ServiceAccountToken(string Namespace, string Name, DateTimeOffset Ends)
{
    public const int MaxLength = 8192;

    /// <summary>Null where it is none.</summary>
    public static ServiceAccountToken? TryRead(string? token)
    {
        if (token is not { Length: > 0 and <= MaxLength })
            return null;
        try
        {
            var read = new JsonWebToken(token);
            return read.Audiences.Contains(OAuth.ServiceAccountAudience)
                && read.Subject?.Split(':') is ["system", "serviceaccount", { Length: > 0 } space, { Length: > 0 } name]
                && read.TryGetPayloadValue<long>("exp", out var seconds) && seconds is > 0 and < 253402300799
                    ? new ServiceAccountToken(space, name, DateTimeOffset.FromUnixTimeSeconds(seconds))
                    : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
