namespace AccessGateway.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Writes down when reviewers are to be reminded, and when a rule escalates. What is due stands in the request, and a guarded write
/// moves it on: a restart forgets none, and of two replicas one writes. Who may decide does not wait for it: that is asked of the
/// clock each time.
/// </summary>
internal sealed class Reminders(GatewayDbContext db, AuditLog audit, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews)
            .Where(row => row.State == AccessRequestState.Pending && row.ExpiresAt > now && (row.NextReminderAt <= now || row.NextEscalationAt <= now))
            .ToListAsync(cancellationToken);
        foreach (var request in due)
        {
            // First who else may decide: the reminder then goes to them too.
            if (request.NextEscalationAt is { } escalation && escalation <= now)
                await EscalateAsync(request, escalation, now, cancellationToken);
            if (request.NextReminderAt is { } reminder && reminder <= now)
                await RemindAsync(request, reminder, now, cancellationToken);
        }
    }

    private async Task EscalateAsync(AccessRequest request, DateTimeOffset due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rules = request.Rules;
        var next = Reminding.NextEscalation(rules, request.ReviewsSince, now);
        var escalated = Open(request).Select(rule => rule.Escalation).OfType<Escalation>()
            .Where(later => request.ReviewsSince + later.After is var at && at >= due && at <= now).Select(later => later.Reviewers.ToString()).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await StillOpen(request).Where(row => row.NextEscalationAt == due).ExecuteUpdateAsync(set => set.SetProperty(row => row.NextEscalationAt, next), cancellationToken) == 0)
            return;
        if (escalated.Count > 0)
            audit.Add(AuditEvents.RequestEscalated, AuditEvents.Gateway, request.Subject, request.Id, grantId: null, request.ClusterList, ("reviewers", string.Join("; ", escalated)));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task RemindAsync(AccessRequest request, DateTimeOffset due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = Reminding.NextReminder(request.Rules, due, now);
        var waited = now - request.ReviewsSince;
        var reviewers = Open(request).SelectMany(rule => rule.Escalation is { } later && waited >= later.After ? [rule.Reviewers, later.Reviewers] : new[] { rule.Reviewers });
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await StillOpen(request).Where(row => row.NextReminderAt == due).ExecuteUpdateAsync(set => set.SetProperty(row => row.NextReminderAt, next), cancellationToken) == 0)
            return;
        // Those who have decided are named, so that nobody is paged who did their part.
        audit.Add(
            AuditEvents.RequestReminded, AuditEvents.Gateway, request.Subject, request.Id, grantId: null, request.ClusterList,
            ("reviewers", string.Join("; ", reviewers.Select(people => people.ToString()).Distinct())),
            ("reviewed", request.CurrentReviews.Any() ? string.Join(",", request.CurrentReviews.Select(review => review.Reviewer)) : null));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The rules that still lack approvals.</summary>
    private static IEnumerable<ApprovalRule> Open(AccessRequest request)
    {
        var rules = request.Rules;
        var given = Quorum.Given(rules, [.. request.CurrentReviews], request.ReviewsSince);
        return rules.Where((rule, index) => given[index] < rule.Required);
    }

    private IQueryable<AccessRequest> StillOpen(AccessRequest request) => db.AccessRequests.Where(row => row.Id == request.Id && row.State == AccessRequestState.Pending && row.Round == request.Round);
}
