namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using AccessGateway.Audit;
using AccessGateway.Grants;
using AccessGateway.Problems;
using k8s.Autorest;

/// <summary>Binds and unbinds grants of one cluster, one or thousands: a few calls at a time, and what came of them in few transactions.</summary>
internal sealed class GrantBindings(string cluster, ClusterBindings bindings, GrantMaking making, GrantRemovals removals, BindingRepair repair)
{
    /// <summary>How many calls the API server answers at once: its own fairness gives one client not much more.</summary>
    public const int AtOnce = 16;

    /// <summary>The status with which each grant's binding was refused last: each is written down once, not on every pass.</summary>
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);

    /// <summary>Those that are being unbound for somebody who waits for it: nobody else need do it meanwhile.</summary>
    private readonly ConcurrentDictionary<string, bool> _unbinding = new(StringComparer.Ordinal);

    public string PlacesOf(Grant grant) => bindings.Of(grant) is { Count: > 0 } all ? string.Join(", ", all.Select(binding => binding.Place)) : "none";

    /// <summary>Binds those that are active at this moment, and whatever comes in between leaves none of an ended grant. One that cannot be
    /// bound (a role or a namespace is gone) keeps no other from it. While some are made, those before them are written down.</summary>
    /// <returns>Those that the API server refused, and why.</returns>
    public async Task<IReadOnlyDictionary<Grant, HttpOperationException>> BindAsync(BindingLedger ledger, IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<Grant, HttpOperationException>();
        Exception? failure = null;
        using var slots = new CallSlots();
        await Overlap.RunAsync(
            ActiveAsync(ledger, grants, cancellationToken),
            some => MakeAsync(some, slots, cancellationToken),
            async round =>
            {
                await SettleAsync(ledger, round, refused, cancellationToken);
                _ = round.Failures.TryDequeue(out var first);
                failure ??= first;
                return failure is null;
            });
        if (failure is not null)
            throw failure is HttpOperationException ? failure : new AggregateException($"Grants could not be bound on cluster {cluster}.", failure);
        return refused;
    }

    /// <summary>Unbinds ended grants for somebody who waits for it.</summary>
    public async Task UnbindAsync(BindingLedger ledger, IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        foreach (var grant in grants)
            _unbinding[grant.Id] = true;
        try
        {
            var removal = await RemoveAsync(grants, from: 1, cancellationToken);
            await NoteAsync(ledger, removal, cancellationToken);
            if (removal.Failure is { } first)
                throw new AggregateException($"Grants could not be unbound on cluster {cluster}.", first);
        }
        finally
        {
            foreach (var grant in grants)
                _unbinding.TryRemove(grant.Id, out _);
        }
    }

    public bool IsUnbinding(Grant grant) => _unbinding.ContainsKey(grant.Id);

    /// <summary>Removes with all tries and slots of its own: for who waits for nobody else.</summary>
    /// <inheritdoc cref="GrantRemovals.RemoveAsync"/>
    public async Task<Removal> RemoveAsync(IReadOnlyList<Grant> grants, int from, CancellationToken cancellationToken)
    {
        using var slots = new CallSlots();
        return await removals.RemoveAsync(grants, from, GrantRemovals.Tries, slots, cancellationToken);
    }

    /// <summary>Tries once.</summary>
    /// <inheritdoc cref="GrantRemovals.RemoveAsync"/>
    public Task<Removal> TryRemoveAsync(IReadOnlyList<Grant> grants, CallSlots slots, CancellationToken cancellationToken) => removals.RemoveAsync(grants, from: 1, to: 1, slots, cancellationToken);

    /// <inheritdoc cref="GrantRemovals.RemoveFromAsync"/>
    public Task RemoveFromAsync(Grant grant, string place, CancellationToken cancellationToken) => removals.RemoveFromAsync(grant, place, cancellationToken);

    /// <summary>Only what is surely gone is written down as gone.</summary>
    public async Task NoteAsync(BindingLedger ledger, Removal removal, CancellationToken cancellationToken)
    {
        await ledger.NoteUnboundAsync([.. removal.Gone], PlacesOf, cancellationToken);
        foreach (var grant in removal.Gone)
        {
            _refused.TryRemove(grant.Id, out _);
            repair.Forget(grant);
        }
    }

    /// <summary>Writes a refusal down, once each status; false where that was done.</summary>
    public async Task<bool> NoteRefusedAsync(BindingLedger ledger, Grant grant, HttpOperationException refusal, CancellationToken cancellationToken)
    {
        var status = (int)refusal.Response.StatusCode;
        if (_refused.TryGetValue(grant.Id, out var before) && before == status)
            return false;
        await ledger.NoteAsync(AuditEvents.BindingFailed, cluster, grant.Id, cancellationToken, ("status", status.ToString(CultureInfo.InvariantCulture)));
        _refused[grant.Id] = status;
        return true;
    }

    /// <summary>In lots, those that are active: asked again at the last moment, because between plan and act a grant may have ended.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<Grant>> ActiveAsync(BindingLedger ledger, IReadOnlyList<Grant> grants, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var some in grants.Chunk(BindingLedger.Together))
        {
            var active = await ledger.ActiveOfAsync(some, cancellationToken);
            Failpoint.Reach("bind.before-create");
            yield return [.. some.Where(grant => active.Contains(grant.Id))];
        }
    }

    private async Task<Round> MakeAsync(IReadOnlyList<Grant> grants, CallSlots slots, CancellationToken cancellationToken)
    {
        var round = new Round();
        await slots.EachAsync(grants, (grant, token) => MakeAsync(grant, round, token), cancellationToken);
        return round;
    }

    private async Task MakeAsync(Grant grant, Round round, CancellationToken cancellationToken)
    {
        try
        {
            var taken = round.Made[grant] = await making.CreateAsync(grant, cancellationToken);
            _refused.TryRemove(grant.Id, out _);
            if (taken.Count == 0)
                repair.Forget(grant);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode != HttpStatusCode.TooManyRequests)
        {
            round.Refused[grant] = e;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            round.Failures.Enqueue(e);
        }
    }

    private async Task SettleAsync(BindingLedger ledger, Round round, Dictionary<Grant, HttpOperationException> refused, CancellationToken cancellationToken)
    {
        foreach (var (grant, taken) in round.Made)
        {
            try
            {
                await repair.TakeOverAsync(ledger, grant, taken, cancellationToken);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                // What somebody put in its place is not let go: no other grant waits for that.
                round.Refused[grant] = e;
            }
        }

        Failpoint.Reach("bind.after-create");
        // Whoever ended one meanwhile may have unbound before there was anything to unbind.
        var active = await ledger.NoteBoundAsync([.. round.Made.Keys.Where(grant => grant.BoundAt is null && !round.Refused.ContainsKey(grant))], PlacesOf, cancellationToken);
        var over = await ledger.OverAsync([.. round.Made.Keys.Where(grant => !active.Contains(grant))], cancellationToken);
        if (over.Count > 0 && (await RemoveAsync(over, from: 1, cancellationToken)).Failure is { } left)
            throw new AggregateException($"Grants that ended while they were bound could not be unbound on cluster {cluster}.", left);
        foreach (var (grant, refusal) in round.Refused)
            refused[grant] = refusal;
    }

    /// <summary>What came of making some.</summary>
    private sealed class Round
    {
        /// <summary>With the bindings whose names were taken already.</summary>
        public ConcurrentDictionary<Grant, IReadOnlyList<Binding>> Made { get; } = new();

        public ConcurrentDictionary<Grant, HttpOperationException> Refused { get; } = new();

        public ConcurrentQueue<Exception> Failures { get; } = new();
    }
}
