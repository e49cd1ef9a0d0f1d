namespace AccessGateway.Kubectl.Tests.Fakes;

/// <summary>A clock that stands where it is put. Timers run in real time, or, with <see cref="SkipsWaits"/>, at once: the clock
/// then jumps over the wait, which is recorded.</summary>
internal sealed class TestTime : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _now = System.GetUtcNow();

    public bool SkipsWaits { get; init; }

    public List<TimeSpan> Waits { get; } = [];

    /// <summary>Runs before each skipped wait.</summary>
    public Action<int>? OnWait { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public void Advance(TimeSpan by)
    {
        lock (_lock)
            _now += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!SkipsWaits || dueTime < TimeSpan.Zero)
            return System.CreateTimer(callback, state, dueTime, period);
        Waits.Add(dueTime);
        OnWait?.Invoke(Waits.Count);
        Advance(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
