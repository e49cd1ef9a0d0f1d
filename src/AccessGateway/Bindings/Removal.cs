namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using AccessGateway.Grants;
using k8s.Autorest;

/// <summary>What came of removing what some grants have.</summary>
internal sealed class Removal
{
    /// <summary>So many calls without an answer, and none with one: the rest need not be tried now.</summary>
    private const int Hopeless = 64;

    private readonly ConcurrentDictionary<Grant, Exception> _failures = new();

    private int _answered;
    private int _hung;

    /// <summary>Of which nothing is left.</summary>
    public IReadOnlyList<Grant> Gone { get; private set; } = [];

    /// <summary>Of which a call got no answer in its time; others may have got theirs.</summary>
    public IEnumerable<Grant> Hung => _failures.Where(failure => failure.Value is TimeoutException).Select(failure => failure.Key);

    /// <summary>Of which something may be left.</summary>
    public IEnumerable<string> FailedIds => _failures.Keys.Select(grant => grant.Id);

    /// <summary>The first that failed, if one did.</summary>
    public Exception? Failure => Outage ?? _failures.Values.FirstOrDefault();

    /// <summary>What the API server said no to.</summary>
    public Exception? Refusal => _failures.Values.FirstOrDefault(failure => failure is HttpOperationException);

    /// <summary>Why the API server could not be reached at all.</summary>
    public Exception? Outage { get; private set; }

    /// <summary>Whether there is no sense in trying the others.</summary>
    public bool IsSilent => Outage is not null || (Volatile.Read(ref _hung) >= Hopeless && Volatile.Read(ref _answered) == 0);

    public void Answered() => Interlocked.Increment(ref _answered);

    public void Failed(Grant grant, Exception failure)
    {
        if (failure is TimeoutException)
            Interlocked.Increment(ref _hung);
        else if (failure is HttpOperationException)
            Answered();
        else
            Outage ??= failure;
        // One that hangs is looked after by itself, whatever became of the grant's other bindings.
        _failures.AddOrUpdate(grant, failure, (_, before) => before is TimeoutException ? before : failure);
    }

    /// <summary>Not tried: it is no failure of its own.</summary>
    public void Left(Grant grant) => _failures.TryAdd(grant, new OperationCanceledException());

    public void End(IReadOnlyList<Grant> all) => Gone = [.. all.Where(grant => !_failures.ContainsKey(grant))];
}
