namespace AccessGateway.Bindings;

using System.Threading.Channels;

/// <summary>Wakes the two loops of one cluster, of its ends and of its passes. However often it is rung before a loop looks, that is one time.</summary>
internal sealed class LoopBell
{
    private readonly Channel<bool> _ends = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<bool> _passes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private int _pass;
    private int _changed;

    /// <summary>When the next grant runs out has changed, or one has ended.</summary>
    public void Ring()
    {
        _ends.Writer.TryWrite(true);
        _passes.Writer.TryWrite(true);
    }

    /// <summary>Something was not done: the whole cluster is to be looked at, at once.</summary>
    public void CallPass()
    {
        Volatile.Write(ref _pass, 1);
        Ring();
    }

    /// <summary>Somebody changed something: the whole cluster is to be looked at, soon.</summary>
    public void CallLook()
    {
        Volatile.Write(ref _changed, 1);
        _passes.Writer.TryWrite(true);
    }

    /// <summary>Whether a pass was called for since the last time.</summary>
    public bool TakePass() => Interlocked.Exchange(ref _pass, 0) == 1;

    public bool TakeLook() => Interlocked.Exchange(ref _changed, 0) == 1;

    /// <summary>The loop of ends sleeps until it is rung or the time is up.</summary>
    public Task WaitForEndsAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken) => WaitAsync(_ends, atMost, clock, cancellationToken);

    /// <summary>The loop of passes sleeps until it is rung or the time is up.</summary>
    public Task WaitForPassAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken) => WaitAsync(_passes, atMost, clock, cancellationToken);

    private static async Task WaitAsync(Channel<bool> bell, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
