namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;

/// <summary>Signs browsers in by passkey alone: it holds who it is and, with its own user verification, two factors.</summary>
internal sealed class PasskeySignIns(GatewayDbContext db, Passkeys passkeys, SignIns signIns, AuditLog audit)
{
    private const string Purpose = "sign-in";

    public Task<PasskeyQuestion> AskAsync() => passkeys.AskAsync(Purpose, user: null);

    /// <summary>Neither the attempts of those who guess at the account nor those of the address stand in its way: there is nothing to guess.</summary>
    public async Task<Outcome<BrowserLogin>> SignInAsync(PasskeyAnswer answer, string address, string userAgent, CancellationToken cancellationToken)
    {
        // What nobody's key has signed leaves no trace: anyone could fill the log with it.
        if (!(await passkeys.CheckAsync(Purpose, answer)).Is(out var passkey, out var refusal))
            return refusal;
        var user = passkey.User;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        Outcome<BrowserLogin> outcome = Passkeys.Refused;
        if (await passkeys.SpendAsync(passkey, cancellationToken) && !user.Disabled)
            outcome = await signIns.StartAsync(user, address, userAgent, cancellationToken);
        else
            audit.Add(AuditEvents.SignInFailed, user.Name, concerns: user.Name, details: [("address", address), ("method", Contracts.StepUpMethods.Passkey)]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }
}
