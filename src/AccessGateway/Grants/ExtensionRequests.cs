namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Asks reviewers for more time on a grant.</summary>
internal sealed class ExtensionRequests(GatewayDbContext db, RequestDrafts drafts, Submissions submissions)
{
    /// <param name="first">The request that the grant came from.</param>
    /// <param name="decided">What policy decided on, and the offer that it decided by.</param>
    public async Task<Outcome<Extension>> AskAsync(
        Caller caller, Grant grant, AccessRequest first, (RequestFacts Facts, RoleOffer Offer) decided, TimeSpan more, string? reason, CancellationToken cancellationToken)
    {
        var draft = await drafts.OfAsync(caller, decided.Facts, decided.Offer, more, cancellationToken);
        var request = draft.Extending(first, grant.Id, grant.NotAfter, string.IsNullOrEmpty(reason) ? first.Reason : reason);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Takes the grant's row: of two that ask at once the second sees the first one's request.
        var held = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter == grant.NotAfter && row.NotAfter > draft.Now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotAfter, grant.NotAfter), cancellationToken);
        if (held == 0)
            return LaterEnds.Meanwhile;
        if (await db.AccessRequests.Where(AccessRequest.IsOpen).AnyAsync(row => row.ExtendsGrantId == grant.Id && row.ExpiresAt > draft.Now, cancellationToken))
            return new Refusal.Conflict("There is a request for more time on this grant already. Withdraw it first.");
        db.AccessRequests.Add(request);
        submissions.Note(request);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return new Extension.Asked(request);
    }
}
