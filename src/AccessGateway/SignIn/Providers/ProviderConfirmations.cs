namespace AccessGateway.SignIn;

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Whether a user's provider stands by them.</summary>
internal enum Confirmation
{
    /// <summary>It does, or they have none.</summary>
    Confirmed,

    /// <summary>It does not: their logins have ended.</summary>
    Refused,

    /// <summary>It was not asked for too long and cannot be: they must sign in again.</summary>
    SignInAgain,

    /// <summary>Nobody can say now.</summary>
    Unavailable,
}

/// <summary>Asks the providers of users who stay logged in, once for all who wait for the same answer.</summary>
internal sealed class ProviderConfirmations(IServiceScopeFactory scopes)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Confirmation>>> _running = new(StringComparer.Ordinal);

    /// <summary>Asks where it is time to. What has begun is finished: an answer that is not heard loses the next refresh token.</summary>
    public async Task<Confirmation> ConfirmAsync(string userId, CancellationToken cancellationToken)
    {
        var shared = _running.GetOrAdd(userId, id => new Lazy<Task<Confirmation>>(() => AskAsync(id)));
        return await shared.Value.WaitAsync(cancellationToken);
    }

    private async Task<Confirmation> AskAsync(string userId)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<ProviderRefresh>().ConfirmAsync(userId);
        }
        finally
        {
            _running.TryRemove(userId, out _);
        }
    }
}
