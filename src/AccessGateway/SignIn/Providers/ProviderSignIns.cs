namespace AccessGateway.SignIn;

using System.Security.Claims;
using System.Text;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>From a provider's validated answer to an account, and to the next step.</summary>
internal sealed class ProviderSignIns(GatewayDbContext db, ProviderAccounts accounts, SignIns signIns, PendingSignIns pending, AuditLog audit, TimeProvider clock)
{
    /// <summary>Signs in whom the answer names, or says what is still missing, or why not.</summary>
    public async Task<ProviderStep> CompleteAsync(Provider provider, ProviderAnswer answer, BrowserPlace browser, CancellationToken cancellationToken)
    {
        var (claims, problem) = ProviderClaims.Read(provider, answer.IdentityToken, answer.All, clock.GetUtcNow());
        if (claims is null)
            return await RefuseAsync(provider, problem!.Value, browser, Subject(answer), cancellationToken);
        if (provider.Options.Mfa is { By: ProviderMfaOptions.Provider, Otherwise: ProviderMfaOptions.Refuse } && !claims.HasMfa)
            return await RefuseAsync(provider, ProviderProblem.NoMfa, browser, claims.Subject, cancellationToken);

        try
        {
            return await TryCompleteAsync(provider, claims, answer, browser, cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Another first sign-in of the same person, or of somebody of the same name, was faster; what it made is there now.
            db.ChangeTracker.Clear();
            return await TryCompleteAsync(provider, claims, answer, browser, cancellationToken);
        }
    }

    private async Task<ProviderStep> TryCompleteAsync(Provider provider, ProviderClaims claims, ProviderAnswer answer, BrowserPlace browser, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var (user, refused) = await accounts.FindOrAddAsync(provider, claims, answer.RefreshToken, cancellationToken);
        if (user is null)
        {
            await transaction.RollbackAsync(cancellationToken);
            db.ChangeTracker.Clear();
            return await RefuseAsync(provider, refused!.Value, browser, claims.Subject, cancellationToken);
        }

        var step = await NextAsync(provider, claims, user, browser, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return step is ProviderStep.Refused { Problem: var late } ? await RefuseAsync(provider, late, browser, claims.Subject, cancellationToken) : step;
    }

    /// <summary>Writes down that a sign-in came to nothing.</summary>
    public async Task<ProviderStep> RefuseAsync(Provider provider, ProviderProblem problem, BrowserPlace browser, string? subject, CancellationToken cancellationToken)
    {
        var user = subject is null ? null : await db.ProviderIdentities.AsNoTracking()
            .Where(identity => identity.Issuer == provider.Issuer && identity.Subject == subject)
            .Join(db.Users, identity => identity.UserId, row => row.Id, (identity, row) => row.Name)
            .SingleOrDefaultAsync(cancellationToken);
        audit.Add(AuditEvents.SignInFailed, user ?? "unknown", concerns: user, details: [
            ("address", browser.Address), ("provider", provider.Name), ("reason", ProviderProblems.NameOf(problem)), ("subject", subject)]);
        await db.SaveChangesAsync(cancellationToken);
        return new ProviderStep.Refused(problem);
    }

    private async Task<ProviderStep> NextAsync(Provider provider, ProviderClaims claims, User user, BrowserPlace browser, CancellationToken cancellationToken)
    {
        if (user.Disabled)
            return new ProviderStep.Refused(ProviderProblem.Disabled);
        if (!await accounts.HasFactorAsync(user, cancellationToken))
            return await accounts.TryInviteAsync(user, cancellationToken) is { } link ? new ProviderStep.Enrol(link) : new ProviderStep.Refused(ProviderProblem.FactorReset);
        return claims.HasMfa
            ? new ProviderStep.SignedIn(await signIns.StartAsync(user, browser.Address, browser.UserAgent, cancellationToken, provider.Name))
            : new ProviderStep.SecondFactor(await pending.BeginAsync(user, provider, browser.Return, cancellationToken));
    }

    /// <summary>For the audit log only, where the answer is not good enough for more.</summary>
    private static string? Subject(ProviderAnswer answer) =>
        answer.IdentityToken.FindFirst("sub")?.Value is { Length: > 0 and <= ProviderIdentity.MaxSubject } subject && Ascii.IsValid(subject) ? subject : null;
}

/// <summary>What a provider answered, validated by OpenIddict.</summary>
/// <param name="IdentityToken">The claims of the ID token.</param>
/// <param name="All">These and the user-info endpoint's, where that was asked.</param>
internal sealed record ProviderAnswer(ClaimsPrincipal IdentityToken, ClaimsPrincipal All, string? RefreshToken)
{
    public override string ToString() => nameof(ProviderAnswer);
}

/// <summary>The browser that signs in, and where it wants to go.</summary>
internal sealed record BrowserPlace(string Address, string UserAgent, string Return);

/// <summary>What follows a provider's answer.</summary>
internal abstract record ProviderStep
{
    /// <summary>It is done.</summary>
    internal sealed record SignedIn(BrowserLogin Login) : ProviderStep;

    /// <summary>The gateway's own factor is asked for; the secret goes into the browser's cookie.</summary>
    internal sealed record SecondFactor(string Secret) : ProviderStep;

    /// <summary>There is no factor yet: the secret of an enrolment.</summary>
    internal sealed record Enrol(string Secret) : ProviderStep;

    internal sealed record Refused(ProviderProblem Problem) : ProviderStep;
}
