namespace AccessGateway.Kubectl.Tests.Fakes;

/// <summary>A clock that stands where it is put. Short timers run in real time, longer ones never end, since the clock stands; so
/// nothing times out on a busy machine. With <see cref="SkipsWaits"/> all end at once: the clock jumps over the wait, which is
/// recorded.</summary>
internal sealed class TestTime : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

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
        if (dueTime < TimeSpan.Zero)
            return System.CreateTimer(callback, state, dueTime, period);
        if (!SkipsWaits)
            return System.CreateTimer(callback, state, dueTime < Short ? dueTime : Timeout.InfiniteTimeSpan, period);
        Waits.Add(dueTime);
        OnWait?.Invoke(Waits.Count);
        Advance(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
