namespace AccessGateway.Bindings;

using System.Runtime.ExceptionServices;

/// <summary>Unbinds all that has ended on one cluster, a page at a time, and never twice at once. Needs neither a list nor a watch of the cluster: an API
/// server that hangs on those keeps no ended grant.</summary>
/// <param name="turn">Of one at a time.</param>
internal sealed class EndedGrants(string cluster, GrantBindings grants, Stragglers stragglers, SemaphoreSlim turn)
{
    /// <summary>Nobody waits in it for a call longer than its first patience.</summary>
    /// <returns>What the API server refused, which keeps no others; and whether some were not tried for now.</returns>
    public async Task<(Exception? Refused, bool More)> UnbindAsync(BindingLedger ledger, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await RoundAsync(ledger, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<(Exception? Refused, bool More)> RoundAsync(BindingLedger ledger, CancellationToken cancellationToken)
    {
        Exception? refused = null;
        Removal? before = null;
        var last = "";
        // While some are removed, those before them are written down.
        while (before is not { IsSilent: true } && await ledger.UncleanAsync(cluster, last, cancellationToken) is { Count: > 0 } some)
        {
            last = some[^1].Id;
            var removing = grants.RemoveAsync([.. some.Where(grant => !stragglers.Has(grant) && !grants.IsUnbinding(grant))], from: 1, to: 1, cancellationToken);
            try
            {
                await SettleAsync(before);
            }
            finally
            {
                before = await removing;
            }
        }

        await SettleAsync(before);
        if (before?.Outage is { } outage)
            ExceptionDispatchInfo.Throw(outage);
        return (refused, before is { IsSilent: true } && refused is null);

        async Task SettleAsync(Removal? removal)
        {
            if (removal is null)
                return;
            await grants.NoteAsync(ledger, removal, cancellationToken);
            refused ??= removal.Refusal;
            foreach (var grant in removal.Hung)
            {
                if (!stragglers.TryTake(grant, cancellationToken))
                    refused = removal.Failure;
            }
        }
    }
}
