namespace AccessGateway.SignIn;

using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>
/// Refused sign-ins of machines: each in the log, and counted for the audit log, which gets at most one event for each machine and
/// reason in a window. They are written beside the request: that takes the same time for a name that exists and one that does not, and
/// a flood of them costs the database nothing.
/// </summary>
internal sealed partial class MachineRefusals(IServiceScopeFactory scopes, TimeProvider clock, ILogger<MachineRefusals> logger)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(MachineClaim Who, MachineRefusal Why), Tally> _tallies = [];

    /// <param name="address">Where it came from.</param>
    public void Note(MachineClaim who, MachineRefusal why, string address)
    {
        LogRefused(who.Words, address, why.Words);
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var tally = _tallies.GetValueOrDefault((who, why), Tally.None);
            _tallies[(who, why)] = tally with { Times = tally.Times + 1, Since = tally.Times == 0 ? now : tally.Since, Address = address };
        }
    }

    /// <summary>Writes down what is due. What cannot be written stays counted.</summary>
    /// <param name="all">Also what is not due yet: for the gateway's end.</param>
    public async Task WriteAsync(bool all, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (TakeDue(now, all) is not { Count: > 0 } due)
            return;
        await using var scope = scopes.CreateAsyncScope();
        var audit = scope.ServiceProvider.GetRequiredService<AuditLog>();
        foreach (var ((who, why), tally) in due)
        {
            audit.Add(AuditEvents.MachineRefused, AuditEvents.Gateway, concerns: who.Machine, cluster: who.Cluster, details:
            [
                ("machine", who.Machine), ("why", why.Words), ("times", tally.Times.ToString(CultureInfo.InvariantCulture)),
                ("since", tally.Since.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), ("address", tally.Address),
            ]);
        }

        await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().SaveChangesAsync(cancellationToken);
        Settle(due, now + Window);
    }

    private Dictionary<(MachineClaim, MachineRefusal), Tally> TakeDue(DateTimeOffset now, bool all)
    {
        lock (_lock)
        {
            foreach (var (key, _) in _tallies.Where(pair => pair.Value.Times == 0 && pair.Value.QuietUntil <= now).ToList())
                _tallies.Remove(key);
            return _tallies.Where(pair => pair.Value.Times > 0 && (all || pair.Value.QuietUntil <= now)).ToDictionary();
        }
    }

    private void Settle(Dictionary<(MachineClaim, MachineRefusal), Tally> written, DateTimeOffset quietUntil)
    {
        lock (_lock)
        {
            foreach (var (key, tally) in written)
            {
                // What came while it was written counts for the next event.
                var left = _tallies[key].Times - tally.Times;
                _tallies[key] = _tallies[key] with { Times = left, Since = quietUntil - Window, QuietUntil = quietUntil };
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The sign-in of {Machine} from {Address} was refused: {Why}.")]
    private partial void LogRefused(string machine, string address, string why);

    /// <param name="Times">How often since the last event.</param>
    /// <param name="QuietUntil">Until then no further event is written.</param>
    private sealed record Tally(int Times, DateTimeOffset Since, DateTimeOffset QuietUntil, string Address)
    {
        public static readonly Tally None = new(0, DateTimeOffset.MinValue, DateTimeOffset.MinValue, "");
    }
}
