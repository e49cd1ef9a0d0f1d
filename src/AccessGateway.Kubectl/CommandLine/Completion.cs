namespace AccessGateway.Kubectl.CommandLine;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Output;

/// <summary>
/// <c>__complete WORD…</c>: the protocol of cobra, by which kubectl asks its plugins (through <c>kubectl_complete-access</c>).
/// The last word is the one to complete; a candidate a line, then <c>:4</c> (no file names). Says nothing else, ever.
/// </summary>
internal static class Completion
{
    private const string NoFiles = ":4";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Command root, CommandHost host, string[] words, CancellationToken cancellation)
    {
        var prefix = words.Length > 0 ? words[^1] : "";
        var line = CompletionLine.Read(root, words.Length > 0 ? words[..^1] : []);
        foreach (var candidate in (await CandidatesAsync(line, host, prefix, cancellation)).Where(c => c.StartsWith(prefix, StringComparison.Ordinal)))
            await host.Environment.Out.WriteLineAsync(TerminalText.Clean(candidate));
        await host.Environment.Out.WriteLineAsync(NoFiles);
        return ExitCodes.Ok;
    }

    private static async Task<IEnumerable<string>> CandidatesAsync(CompletionLine line, CommandHost host, string prefix, CancellationToken cancellation)
    {
        if (line.OptionAwaitingValue is { } option)
            return option is "--grant" or "--cluster" ? await AskAsync(line, prefix, host, cancellation) : Values(line.Command.Name, option);
        if (prefix.StartsWith('-'))
            return line.AllOptions.Where(o => !o.Hidden).Select(o => o.Name);
        if (line.Command.Subcommands.Count > 0)
            return line.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
        return await AskAsync(line, prefix, host, cancellation);
    }

    private static IEnumerable<string> Values(string command, string option) => (command, option) switch
    {
        (_, "--output") => Arguments.Names<OutputFormat>(),
        ("requests", "--state") => Arguments.Names<AccessRequestState>(),
        ("grants", "--state") => Arguments.Names<GrantState>(),
        ("after-review", "--verdict") => Arguments.Names<AfterVerdict>(),
        (_, "--role") => ["requester", "reviewer"],
        (_, "--for" or "--timeout") => ["10m", "30m", "1h"],
        _ => [],
    };

    /// <summary>What the gateway knows; nothing where it cannot be asked in time.</summary>
    private static async Task<IEnumerable<string>> AskAsync(CompletionLine line, string prefix, CommandHost host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, host.Environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var invocation = new Invocation(host.Environment, OutputFormat.Name);
        try
        {
            return await KnownAsync(line, prefix, invocation.Gateway, either.Token);
        }
        catch (Exception e) when (e is CommandFailedException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task<IEnumerable<string>> KnownAsync(CompletionLine line, string prefix, Gateway.GatewayClient gateway, CancellationToken cancellation)
    {
        const int enough = 100;
        if (line.OptionAwaitingValue == "--cluster")
            return (await gateway.ClustersAsync(cancellation)).Select(cluster => cluster.Name);
        switch (line.Command.Name, line.Positions)
        {
            case ("roles" or "posture", []):
                return (await gateway.ClustersAsync(cancellation)).Select(cluster => cluster.Name);
            case ("request", []):
                return Next(prefix, (await gateway.ClustersAsync(cancellation)).Select(cluster => cluster.Name));
            case ("request", [var clusters]) when clusters.Contains(',', StringComparison.Ordinal) && clusters.Split(',').All(Identifiers.IsDnsLabel):
                return await OfferedOnAllAsync(clusters.Split(','), gateway, cancellation);
            case ("request" or "roles", [var cluster]) when Identifiers.IsDnsLabel(cluster):
                return (await gateway.RoleOffersAsync(cluster, cancellation)).Select(offer => offer.Role);
            case ("use" or "extend" or "end" or "credential", []):
                return (await gateway.GrantsAsync(GrantState.Active, enough, cancellation)).Select(grant => grant.Id);
            case ("grants", []):
                return (await gateway.GrantsAsync(null, enough, cancellation)).Select(grant => grant.Id);
            case ("approve" or "deny", []):
                return Ids(await gateway.AccessRequestsAsync(AccessRequestState.Pending, "reviewer", enough, cancellation));
            case ("after-review", []):
                return Ids((await gateway.AccessRequestsAsync(null, null, enough, cancellation, ("toReview", "true"))).Where(request => request.BreakGlass is not null));
            case ("comment", []):
                return Ids(await gateway.AccessRequestsAsync(null, null, enough, cancellation));
            case ("withdraw", []):
                return Ids(await gateway.AccessRequestsAsync(AccessRequestState.Pending, "requester", enough, cancellation));
            case ("activate", []):
                return Ids((await gateway.AccessRequestsAsync(AccessRequestState.Approved, "requester", enough, cancellation)).Where(r => r.ActivatedAt is null));
            case ("requests", []):
                return Ids(await gateway.AccessRequestsAsync(null, null, enough, cancellation));
            default:
                return [];
        }
    }

    /// <summary>The next of several names: what is before the last comma stays, and is not offered again.</summary>
    private static IEnumerable<string> Next(string prefix, IEnumerable<string> names)
    {
        var before = prefix[..(prefix.LastIndexOf(',') + 1)];
        var taken = before.Split(',');
        return names.Where(name => !taken.Contains(name)).Select(name => before + name);
    }

    private static async Task<IEnumerable<string>> OfferedOnAllAsync(string[] clusters, Gateway.GatewayClient gateway, CancellationToken cancellation)
    {
        IEnumerable<string>? roles = null;
        foreach (var cluster in clusters)
        {
            var offered = (await gateway.RoleOffersAsync(cluster, cancellation)).Select(offer => offer.Role);
            roles = roles?.Intersect(offered) ?? offered;
        }

        return roles ?? [];
    }

    private static IEnumerable<string> Ids(IEnumerable<AccessRequestView> requests) => requests.Select(request => request.Id);
}
