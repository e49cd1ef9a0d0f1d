namespace AccessGateway.Kubectl.Grants;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.AccessRequests;
using AccessGateway.Kubectl.Output;

/// <summary>What is said of streams that outlive the access they were opened with.</summary>
internal static class OpenStreamsText
{
    private const string LetGoOn = "Kubernetes lets open exec, port-forward and watch streams go on after access has ended";

    /// <summary>Nothing where all are known to be closed.</summary>
    public static IEnumerable<string> AfterTheEnd(GrantView grant, DateTimeOffset now)
    {
        if (grant.OpenStreams is not { } streams)
            return [$"note: {LetGoOn}; this cluster does not tell the gateway which were open"];
        var open = streams.Where(stream => stream.EndedAt is null).ToList();
        return open.Count == 0 ? [] : [$"warning: {LetGoOn}; these may, until somebody closes them or deletes the pod:", .. open.Select(stream => "  " + Line(stream, now))];
    }

    /// <summary>For the grant in detail.</summary>
    public static IEnumerable<(string Label, string? Value)> Facts(GrantView grant, DateTimeOffset now)
    {
        var label = grant.State == GrantState.Active ? "Open streams" : "Open at the end";
        if (grant.OpenStreams is not { } streams)
            yield return (label, "unknown: the cluster does not send its audit events");
        else if (streams.Count == 0)
            yield return (label, "none that the gateway was told of");
        foreach (var stream in grant.OpenStreams ?? [])
        {
            yield return (label, Line(stream, now));
            label = " ";
        }
    }

    private static string Line(KubeCallView stream, DateTimeOffset now) =>
        $"{stream.Words} since {AccessRequestText.Instant(stream.At, now)}{(stream.EndedAt is { } ended ? $", closed {AccessRequestText.Instant(ended, now)}" : "")}";

    /// <summary>The latest calls, newest first.</summary>
    public static void WriteCalls(TextWriter to, IReadOnlyList<KubeCallView> calls, DateTimeOffset now)
    {
        if (calls.Count == 0)
            return;
        to.WriteLine();
        Table.Write(to, ["CALL", "WHEN", "ANSWER", "FROM"], calls.Select(call => (IReadOnlyList<string?>)[
            call.Words, RelativeTime.Of(call.At, now), call.Code is { } code ? code.ToString(System.Globalization.CultureInfo.InvariantCulture) : "open", call.SourceIp]));
    }
}
