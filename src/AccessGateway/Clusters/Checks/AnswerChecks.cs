namespace AccessGateway.Clusters;

using System.Globalization;
using AccessGateway.Contracts;

/// <summary>What one answer of an API server tells: its version, its clock, how long it took. Pure.</summary>
internal static class AnswerChecks
{
    /// <summary>The oldest release that is tested.</summary>
    public static readonly Version Oldest = new(1, 20);

    /// <summary>Certificate requests carry how long the leaf may live.</summary>
    public static readonly Version WithExpirationSeconds = new(1, 22);

    /// <summary>ValidatingAdmissionPolicy is there, in its final form.</summary>
    public static readonly Version WithAdmissionPolicies = new(1, 30);

    /// <summary>A leaf is dated back by 60 s: where the API server's clock is behind by more, it takes new leaves for ones of the future.</summary>
    private static readonly TimeSpan ClockFails = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ClockWarns = TimeSpan.FromSeconds(2);

    /// <summary>A revocation must be effective within 2 s, and takes two calls.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <summary>Null where they are no numbers; <c>21+</c> counts as 21.</summary>
    public static Version? Read(string? major, string? minor) =>
        int.TryParse(Digits(major), NumberStyles.None, CultureInfo.InvariantCulture, out var first) && int.TryParse(Digits(minor), NumberStyles.None, CultureInfo.InvariantCulture, out var second) ? new Version(first, second) : null;

    public static ClusterCheckView OfVersion(Version? version, string? text, SignerDefinition signer)
    {
        if (version is null)
            return Checked.Unknown(ClusterCheckNames.Version, "the API server does not say which version it is");
        var name = $"Kubernetes {(string.IsNullOrEmpty(text) ? version : text)}";
        if (version < Oldest)
            return Checked.Failed(ClusterCheckNames.Version, $"{name} is older than {Oldest}, the oldest that is tested", "Upgrade the cluster.");
        var without = new List<string>();
        if (version < WithExpirationSeconds)
            without.Add("its certificates API knows no lifetimes (since 1.22)");
        if (version < WithAdmissionPolicies)
            without.Add("no ValidatingAdmissionPolicy (since 1.30)");
        return version < WithExpirationSeconds && signer is SignerDefinition.KubernetesCsr
            ? Checked.Warning(ClusterCheckNames.Version, $"{name}; {string.Join(", ", without)}", "Set --cluster-signing-duration=10m at the controller manager: it alone decides how long a leaf lives, and longer ones are not handed out.")
            : Checked.Ok(ClusterCheckNames.Version, without.Count == 0 ? name : $"{name}; {string.Join(", ", without)}");
    }

    public static ClusterCheckView OfLatency(TimeSpan took) => took > Slow
        ? Checked.Warning(ClusterCheckNames.Latency, $"answers in {took.TotalMilliseconds:0} ms", "Look at the way to the API server and its load: a revocation should be effective within 2 s.")
        : Checked.Ok(ClusterCheckNames.Latency, $"answers in {took.TotalMilliseconds:0} ms");

    /// <param name="theirs">The answer's Date, whole seconds.</param>
    /// <param name="asked">Our clock when we asked.</param>
    /// <param name="took">From there to the answer.</param>
    public static ClusterCheckView OfClock(DateTimeOffset? theirs, DateTimeOffset asked, TimeSpan took)
    {
        if (theirs is not { } date)
            return Checked.Unknown(ClusterCheckNames.Clock, "the API server does not tell its time");
        // The header names the second that had begun; the answer was made, at best guess, half way.
        var ahead = date + TimeSpan.FromSeconds(0.5) - (asked + (took / 2));
        var tolerance = TimeSpan.FromSeconds(0.5) + (took / 2);
        var least = ahead.Duration() - tolerance;
        if (least < ClockWarns)
            return Checked.Ok(ClusterCheckNames.Clock, "agrees with the gateway's");
        var found = $"the API server's clock is {ahead.Duration().TotalSeconds:0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the gateway's";
        return least < ClockFails
            ? Checked.Warning(ClusterCheckNames.Clock, found, "Let both take their time from the same source (NTP).")
            : Checked.Failed(ClusterCheckNames.Clock, found, "Set the clocks right (NTP): leaves are refused as not valid yet, or accepted after their grant's end.");
    }

    private static string Digits(string? text) => new([.. (text ?? "").TakeWhile(char.IsAsciiDigit)]);
}
