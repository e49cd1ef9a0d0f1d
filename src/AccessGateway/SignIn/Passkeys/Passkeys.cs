namespace AccessGateway.SignIn;

using System.Data.Common;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

/// <summary>Asks browsers for a passkey and checks what they answer (WebAuthn level 3, 7.2), by ASP.NET Core Identity's handler.</summary>
internal sealed class Passkeys(GatewayDbContext db, IPasskeyHandler<User> handler, PasskeyChallenges challenges, FactorTrail trail, TimeProvider clock)
{
    /// <summary>What an authenticator answers has a few hundred bytes; a credential id at most 1023.</summary>
    public const int MaxAnswer = 16 * 1024;

    public static readonly Refusal Refused = new Refusal.Forbidden(
        "That passkey was not accepted: it is not known here, or more than two minutes have passed. Try again.", ProblemCodes.StepUpFailed);

    /// <summary>A challenge for anybody's passkey (<paramref name="user"/> null), or for one of the user's.</summary>
    public async Task<PasskeyQuestion> AskAsync(string purpose, User? user)
    {
        var asked = await handler.MakeRequestOptionsAsync(user!, new DefaultHttpContext());
        return new PasskeyQuestion(challenges.Seal(purpose, asked.AssertionState ?? throw new InvalidOperationException("The handler gave no state.")), asked.RequestOptionsJson);
    }

    /// <summary>Checks an answer; reads only. It counts once <see cref="SpendAsync"/> has said so.</summary>
    public async Task<Outcome<CheckedPasskey>> CheckAsync(string purpose, PasskeyAnswer answer)
    {
        if (answer.Credential.Length > MaxAnswer || challenges.Open(purpose, answer.Challenge) is not { } challenge)
            return Refused;
        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = new DefaultHttpContext(), CredentialJson = answer.Credential, AssertionState = challenge.State });
        if (result.Succeeded)
            return new CheckedPasskey(result.User, result.Passkey, answer.Challenge, challenge);
        ThrowIfOutage(result.Failure);
        return Refused;
    }

    /// <summary>Spends the challenge and raises the passkey's counter, in the caller's transaction, which must commit in either case.</summary>
    public async Task<bool> SpendAsync(CheckedPasskey passkey, CancellationToken cancellationToken)
    {
        if (!await challenges.SpendAsync(passkey.SealedChallenge, passkey.Challenge, cancellationToken))
            return false;
        var (user, seen) = (passkey.User, passkey.Seen);
        if (await UseAsync(user, seen, cancellationToken))
            return true;
        if (await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(row => row.UserId == user.Id && row.CredentialId == seen.CredentialId, cancellationToken) is { } stored)
            trail.CounterFell(user, stored, seen.SignCount);
        return false;
    }

    /// <summary>The handler turns every exception into a refusal; a database that is gone is none.</summary>
    public static void ThrowIfOutage(PasskeyException? failure)
    {
        for (var inner = failure?.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is DbException or DbUpdateException or TimeoutException)
                throw new InvalidOperationException("The passkeys could not be read.", inner);
        }
    }

    /// <summary>Raises the counter, where the authenticator keeps one; false where it did not grow.</summary>
    private async Task<bool> UseAsync(User user, UserPasskeyInfo seen, CancellationToken cancellationToken)
    {
        var (now, count, credentialId, backedUp) = (clock.GetUtcNow(), (long)seen.SignCount, seen.CredentialId, seen.IsBackedUp);
        return await db.Passkeys
            .Where(row => row.UserId == user.Id && row.CredentialId == credentialId && (row.SignCount < count || (row.SignCount == 0 && count == 0)))
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.SignCount, count).SetProperty(row => row.BackedUp, backedUp).SetProperty(row => row.LastUsedAt, now), cancellationToken) == 1;
    }
}

/// <summary>What a browser needs to ask for a passkey.</summary>
/// <param name="Challenge">Goes back with the answer.</param>
/// <param name="Options">For <c>navigator.credentials.get</c>, as JSON.</param>
internal sealed record PasskeyQuestion(string Challenge, string Options);

/// <summary>What a browser answers.</summary>
/// <param name="Credential">The <c>PublicKeyCredential</c> as JSON.</param>
internal sealed record PasskeyAnswer(string Challenge, string Credential);

/// <summary>An answer with a good signature, not spent yet.</summary>
internal sealed record CheckedPasskey(User User, UserPasskeyInfo Seen, string SealedChallenge, PasskeyChallenges.Challenge Challenge);
