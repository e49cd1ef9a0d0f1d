namespace AccessGateway.Bindings;

/// <summary>How many calls there are to one API server at once, shared by all who hold the same.</summary>
internal sealed class CallSlots : IDisposable
{
    private readonly SemaphoreSlim _free = new(GrantBindings.AtOnce);

    /// <summary>Calls for each, in their turn among those of others.</summary>
    public Task EachAsync<T>(IEnumerable<T> all, Func<T, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = GrantBindings.AtOnce, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(all, options, async (one, token) =>
        {
            await _free.WaitAsync(token);
            try
            {
                await call(one, token);
            }
            finally
            {
                _free.Release();
            }
        });
    }

    public void Dispose() => _free.Dispose();
}
