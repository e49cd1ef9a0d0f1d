namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;
using AccessGateway.Audit;
using AccessGateway.Grants;
using AccessGateway.Problems;
using k8s.Autorest;

/// <summary>Binds and unbinds grants of one cluster, one or thousands: a few calls at a time, and what came of them in few transactions.</summary>
internal sealed class GrantBindings(string cluster, ClusterBindings bindings, ClusterRoles roles, BindingRepair repair, TimeProvider clock)
{
    /// <summary>How many calls the API server answers at once: its own fairness gives one client not much more.</summary>
    public const int AtOnce = 16;

    /// <summary>How long one call may take before it is made again beside a connection that may be dead: what is revoked is gone within 2 s (I2)
    /// though one call hangs.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(700);

    private const int Tries = 4;

    /// <summary>A grant that is being made holds up those beside it no longer.</summary>
    private static readonly TimeSpan CreatePatience = TimeSpan.FromSeconds(5);

    /// <summary>The status with which each grant's binding was refused last: each is written down once, not on every pass.</summary>
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);

    public string PlacesOf(Grant grant) => bindings.Of(grant) is { Count: > 0 } all ? string.Join(", ", all.Select(binding => binding.Place)) : "none";

    /// <summary>Binds those that are active at this moment, and whatever comes in between leaves none of an ended grant. One that cannot be
    /// bound (a role or a namespace is gone) keeps no other from it. While some are made, those before them are written down.</summary>
    /// <returns>Those that the API server refused, and why.</returns>
    public async Task<IReadOnlyDictionary<Grant, HttpOperationException>> BindAsync(BindingLedger ledger, IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<Grant, HttpOperationException>();
        Round? before = null;
        foreach (var some in grants.Chunk(BindingLedger.Together))
        {
            // Asked again at the last moment: between plan and act a grant may have ended.
            var active = await ledger.ActiveOfAsync(some, cancellationToken);
            Failpoint.Reach("bind.before-create");
            var round = new Round();
            var making = EachAsync(some.Where(grant => active.Contains(grant.Id)), (grant, token) => MakeAsync(grant, round, token), cancellationToken);
            try
            {
                await SettleAsync(ledger, before, refused, cancellationToken);
            }
            finally
            {
                await making;
            }

            before = round;
            if (!round.Failures.IsEmpty)
                break;
        }

        await SettleAsync(ledger, before, refused, cancellationToken);
        if (before is not null && before.Failures.TryDequeue(out var first))
            throw first is HttpOperationException ? first : new AggregateException($"Grants could not be bound on cluster {cluster}.", first);
        return refused;
    }

    /// <summary>Unbinds ended grants.</summary>
    public async Task UnbindAsync(BindingLedger ledger, IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        var removal = await RemoveAsync(grants, cancellationToken);
        await NoteAsync(ledger, removal, cancellationToken);
        if (removal.Failures.TryDequeue(out var first))
            throw new AggregateException($"Grants could not be unbound on cluster {cluster}.", first);
    }

    /// <summary>Removes what ended grants have, by name, whatever labels somebody left on it; writes nothing down yet.</summary>
    public async Task<Removal> RemoveAsync(IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        Failpoint.Reach("unbind.before-delete");
        var removal = new Removal();
        await EachAsync(grants, async (grant, token) =>
        {
            // Where the API server does not answer at all, the others need not be tried.
            if (removal.IsSilent)
                return;
            try
            {
                await RemoveAsync(grant, token);
                removal.Gone.Add(grant);
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                removal.Failures.Enqueue(e);
            }
        }, cancellationToken);
        Failpoint.Reach("unbind.after-delete");
        return removal;
    }

    /// <summary>Removes what an active grant has in a namespace that it reaches no more.</summary>
    public async Task RemoveFromAsync(Grant grant, string place, CancellationToken cancellationToken)
    {
        foreach (var binding in bindings.Of(grant).Where(binding => binding.Namespace == place))
            await AgainAsync(token => bindings.DeleteAsync(binding, token), cancellationToken);
        foreach (var role in OwnedRole.Of(grant).Where(role => role.Namespace == place))
            await AgainAsync(async token => { await roles.DeleteAsync(role, token); return true; }, cancellationToken);
    }

    /// <summary>Only what is surely gone is written down as gone.</summary>
    public async Task NoteAsync(BindingLedger ledger, Removal removal, CancellationToken cancellationToken)
    {
        await ledger.NoteUnboundAsync([.. removal.Gone], PlacesOf, cancellationToken);
        foreach (var grant in removal.Gone)
            _refused.TryRemove(grant.Id, out _);
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

    public void NoteAccepted(Grant grant) => _refused.TryRemove(grant.Id, out _);

    private async ValueTask MakeAsync(Grant grant, Round round, CancellationToken cancellationToken)
    {
        try
        {
            round.Made[grant] = await CreateAsync(grant, cancellationToken);
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

    private async Task SettleAsync(BindingLedger ledger, Round? round, Dictionary<Grant, HttpOperationException> refused, CancellationToken cancellationToken)
    {
        if (round is null)
            return;
        foreach (var (grant, taken) in round.Made)
            await repair.TakeOverAsync(ledger, grant, taken, cancellationToken);
        Failpoint.Reach("bind.after-create");
        await ledger.NoteBoundAsync([.. round.Made.Keys.Where(grant => grant.BoundAt is null)], PlacesOf, cancellationToken);

        // And once more afterwards: whoever ended one meanwhile may have unbound before there was anything to unbind.
        var active = await ledger.ActiveOfAsync([.. round.Made.Keys], cancellationToken);
        await EachAsync(round.Made.Keys.Where(grant => !active.Contains(grant.Id)), RemoveAsync, cancellationToken);
        foreach (var (grant, refusal) in round.Refused)
            refused[grant] = refusal;
    }

    /// <returns>The bindings whose names were taken already.</returns>
    private async Task<IReadOnlyList<Binding>> CreateAsync(Grant grant, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(CreatePatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var taken = new List<Binding>();
        HttpOperationException? refused = null;
        foreach (var binding in bindings.Of(grant))
        {
            try
            {
                await roles.CreateAsync(grant, either.Token, binding.Namespace);
                if (!await bindings.CreateAsync(binding, grant, either.Token))
                    taken.Add(binding);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                // A namespace that lets nothing in (it is being deleted) keeps no other from it.
                refused ??= e;
            }
        }

        if (refused is not null)
            ExceptionDispatchInfo.Throw(refused);
        NoteAccepted(grant);
        return taken;
    }

    private async ValueTask RemoveAsync(Grant grant, CancellationToken cancellationToken)
    {
        var all = bindings.Of(grant);
        // In many namespaces at once: what is revoked is gone within 2 s (I2) in the last of them too.
        if (all.Count > 1)
            await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (binding, token) => await AgainAsync(again => bindings.DeleteAsync(binding, again), token));
        else if (all is [var only])
            await AgainAsync(token => bindings.DeleteAsync(only, token), cancellationToken);
        if (grant.Target.HasOwnRules)
            await AgainAsync(async token => { await roles.DeleteAsync(grant, token); return true; }, cancellationToken);
    }

    /// <summary>What can be done twice is done again where it does not come back, with twice the patience each time.</summary>
    private async Task AgainAsync(Func<CancellationToken, Task<bool>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var patience = new CancellationTokenSource(FirstPatience * Math.Pow(2, attempt - 1), clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                await call(either.Token);
                return;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt == Tries)
                    throw new TimeoutException($"Cluster {cluster} did not answer in {Tries} tries.");
            }
        }
    }

    private static Task EachAsync(IEnumerable<Grant> grants, Func<Grant, CancellationToken, ValueTask> act, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(grants, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, act);

    /// <summary>What came of making some.</summary>
    private sealed class Round
    {
        /// <summary>With the bindings whose names were taken already.</summary>
        public ConcurrentDictionary<Grant, IReadOnlyList<Binding>> Made { get; } = new();

        public ConcurrentDictionary<Grant, HttpOperationException> Refused { get; } = new();

        public ConcurrentQueue<Exception> Failures { get; } = new();
    }
}
