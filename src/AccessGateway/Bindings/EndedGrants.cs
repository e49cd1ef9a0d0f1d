namespace AccessGateway.Bindings;

using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using AccessGateway.Grants;

/// <summary>Unbinds all that has ended on one cluster, in lots, and never twice at once. Needs neither a list nor a watch of the cluster: an API
/// server that hangs on those keeps no ended grant.</summary>
/// <param name="turn">Of one at a time.</param>
/// <param name="slots">For its calls.</param>
internal sealed class EndedGrants(string cluster, GrantBindings grants, Stragglers stragglers, SemaphoreSlim turn, CallSlots slots)
{
    /// <summary>Unbinds what has ended and was not unbound yet. Nobody waits in it for a call longer than its first patience.</summary>
    /// <returns>What the API server refused, which keeps no others; and whether some were not tried for now.</returns>
    public Task<(Exception? Refused, bool More)> UnbindAsync(BindingLedger ledger, CancellationToken cancellationToken) =>
        InTurnAsync(round => RunAsync(ledger, LeftAsync(ledger, round, cancellationToken), round, cancellationToken), cancellationToken);

    /// <summary>Writes down what has run out and unbinds it, and then what was left of before.</summary>
    /// <inheritdoc cref="UnbindAsync"/>
    public Task<(Exception? Refused, bool More)> EndDueAsync(GrantExpiry expiry, BindingLedger ledger, CancellationToken cancellationToken) => InTurnAsync(
        async round =>
        {
            await RunAsync(ledger, expiry.ExpiringAsync(cluster, cancellationToken), round, cancellationToken);
            // What could not be unbound has ended all the same.
            await expiry.ExpireDueAsync(cancellationToken, cluster);
            await RunAsync(ledger, LeftAsync(ledger, round, cancellationToken), round, cancellationToken);
        },
        cancellationToken);

    private async Task<(Exception? Refused, bool More)> InTurnAsync(Func<Round, Task> act, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var round = new Round();
            await act(round);
            if (round.Outage is { } outage)
                ExceptionDispatchInfo.Throw(outage);
            return (round.Refused, round is { IsSilent: true, Refused: null });
        }
        finally
        {
            turn.Release();
        }
    }

    private Task RunAsync(BindingLedger ledger, IAsyncEnumerable<IReadOnlyList<Grant>> lots, Round round, CancellationToken cancellationToken) => Overlap.RunAsync(
        lots,
        lot => grants.TryRemoveAsync([.. lot.Where(grant => !stragglers.Has(grant) && !grants.IsUnbinding(grant))], slots, cancellationToken),
        async removal =>
        {
            await grants.NoteAsync(ledger, removal, cancellationToken);
            round.Add(removal);
            foreach (var grant in removal.Hung)
            {
                if (!stragglers.TryTake(grant, cancellationToken))
                    round.Refused = removal.Failure;
            }

            return !round.IsSilent;
        });

    /// <summary>What has ended and was not unbound yet, but for what was tried in this round.</summary>
    private async IAsyncEnumerable<IReadOnlyList<Grant>> LeftAsync(BindingLedger ledger, Round round, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        while (!round.IsSilent && await ledger.UncleanAsync(cluster, last, cancellationToken) is { Count: > 0 } some)
        {
            last = some[^1].Id;
            yield return [.. some.Where(grant => !round.Failed.Contains(grant.Id))];
        }
    }

    /// <summary>What came of all that was tried.</summary>
    private sealed class Round
    {
        public HashSet<string> Failed { get; } = new(StringComparer.Ordinal);

        public Exception? Refused { get; set; }

        public Exception? Outage { get; private set; }

        /// <summary>Whether there is no sense in trying more.</summary>
        public bool IsSilent { get; private set; }

        public void Add(Removal removal)
        {
            Refused ??= removal.Refusal;
            Outage ??= removal.Outage;
            IsSilent |= removal.IsSilent;
            Failed.UnionWith(removal.FailedIds);
        }
    }
}
