namespace AccessGateway.Testing;

/// <summary>Waits for what another task or process will bring about; gives up after a time that only a failure needs.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <exception cref="TimeoutException">It never became true.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? patience = null, string what = "the condition")
    {
        var limit = patience ?? Patience;
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds:0} s in vain for {what}.");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
