namespace AccessGateway.Bindings;

/// <summary>Lots of work whose calls overlap the reading and writing around them: while the calls of one lot are under way the one before is
/// written down and the next is read, and the calls of that begin where the first run out. One at a time uses the database.</summary>
internal static class Overlap
{
    /// <summary>How many lots have calls under way.</summary>
    private const int Lots = 2;

    /// <param name="lots">Read one after another.</param>
    /// <param name="call">Makes the calls of one, not more at once with those of the other than the API server is to answer.</param>
    /// <param name="settle">Writes down what came of one; false where there is no sense in beginning with another.</param>
    public static async Task RunAsync<TLot, TCalled>(IAsyncEnumerable<TLot> lots, Func<TLot, Task<TCalled>> call, Func<TCalled, Task<bool>> settle)
    {
        var underWay = new Queue<Task<TCalled>>();
        try
        {
            await foreach (var lot in lots)
            {
                underWay.Enqueue(call(lot));
                if (underWay.Count == Lots && !await settle(await underWay.Dequeue()))
                    break;
            }

            while (underWay.TryDequeue(out var called))
                await settle(await called);
        }
        finally
        {
            // Nothing is under way any more when this is left.
            await ((Task)Task.WhenAll(underWay)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
