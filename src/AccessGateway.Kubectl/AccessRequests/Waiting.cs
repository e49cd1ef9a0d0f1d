namespace AccessGateway.Kubectl.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.Output;

/// <summary>Waits for a decision, through outages of the gateway too.</summary>
internal sealed class Waiting(Invocation invocation, TimeSpan patience)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly PluginEnvironment _environment = invocation.Environment;
    private string _said = "";

    /// <param name="untilStart">Wait for a later start too.</param>
    public async Task<AccessRequestView> UntilDecidedAsync(AccessRequestView request, bool untilStart, CancellationToken cancellation)
    {
        var ends = invocation.Now + patience;
        try
        {
            while (request.State == AccessRequestState.Pending || (untilStart && StartsLater(request)))
            {
                Progress(AccessRequestText.Next(request, invocation.Now));
                if (invocation.Now + Pause > ends)
                    throw new CommandFailedException(
                        $"{AccessRequestText.Next(request, invocation.Now)} after {DurationText.Format(patience)}; it stays open, see: kubectl access requests {request.Id}");
                await Task.Delay(Pause, _environment.Time, cancellation);
                request = await PollAsync(request, cancellation);
            }

            return request;
        }
        catch (OperationCanceledException)
        {
            Clear();
            invocation.Say($"{request.Id} stays open; take it back with: kubectl access withdraw {request.Id}");
            throw;
        }
        finally
        {
            Clear();
        }
    }

    private bool StartsLater(AccessRequestView request) => request.State == AccessRequestState.Approved && request.StartsAt > invocation.Now;

    private async Task<AccessRequestView> PollAsync(AccessRequestView last, CancellationToken cancellation)
    {
        try
        {
            return await invocation.Gateway.AccessRequestAsync(last.Id, cancellation);
        }
        catch (GatewayOutageException e)
        {
            Progress($"{last.Id}: {e.Message}; trying again");
            return last;
        }
    }

    /// <summary>On a terminal one line that is redrawn; else a line only where there is something new.</summary>
    private void Progress(string line)
    {
        if (line == _said)
            return;
        var clean = TerminalText.Clean(line);
        if (_environment.Terminal.ShowsProgress)
            _environment.Error.Write("\r\e[K" + clean);
        else
            _environment.Error.WriteLine(clean);
        _said = line;
    }

    private void Clear()
    {
        if (_environment.Terminal.ShowsProgress && _said.Length > 0)
            _environment.Error.Write("\r\e[K");
        _said = "";
    }
}
