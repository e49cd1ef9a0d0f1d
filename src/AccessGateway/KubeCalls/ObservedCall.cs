namespace AccessGateway.KubeCalls;

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

/// <summary>One audit event of a call under a grant, read and cut to size. Pure.</summary>
/// <param name="Call">The call as this event alone knows it.</param>
internal sealed partial record ObservedCall(KubeCall Call, KubeStage Stage)
{
    private const int MaxText = 200;
    private const string CredentialAnnotation = "authentication.kubernetes.io/credential-id";

    /// <summary>Null for what is no call under a grant, or lacks what every event has.</summary>
    public static ObservedCall? Of(string cluster, KubeAuditEvent? seen, DateTimeOffset now)
    {
        if (seen is not { AuditId.Length: > 0, RequestReceivedTimestamp: { } received, User: { } user } || GrantOf(user) is not { } grant)
            return null;
        var thing = seen.ObjectRef;
        var call = new KubeCall
        {
            Id = Identify(cluster, seen, user, received),
            AuditId = Clean(seen.AuditId),
            Cluster = cluster,
            GrantId = grant,
            User = Clean(user.Username),
            Verb = Clean(seen.Verb),
            ApiGroup = Clean(thing?.ApiGroup),
            Resource = thing?.Resource is { Length: > 0 } resource ? Clean(resource) : Clean(PathOf(seen.RequestUri)),
            Subresource = Clean(thing?.Subresource),
            Namespace = Clean(thing?.Namespace),
            Name = Clean(thing?.Name),
            UserAgent = Clean(seen.UserAgent),
            SourceIp = Clean(seen.SourceIps is [.., var nearest] ? nearest : null),
            CredentialId = Clean(seen.Annotations?.GetValueOrDefault(CredentialAnnotation)),
            IsStream = IsStream(seen),
            ReceivedAt = received.ToUniversalTime(),
            NotedAt = now,
        };
        var stage = new KubeStage(seen.Stage == "ResponseStarted", seen.Stage is "ResponseComplete" or "Panic", (seen.StageTimestamp ?? received).ToUniversalTime(), seen.ResponseStatus?.Code);
        call.Note(stage);
        return new ObservedCall(call, stage);
    }

    private static string? GrantOf(KubeAuditUser user) =>
        user.Groups?.Select(group => GrantGroup().Match(group ?? "")).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    /// <summary>All of what is the same in each event of a call, and what no two calls share.</summary>
    private static string Identify(string cluster, KubeAuditEvent seen, KubeAuditUser user, DateTimeOffset received)
    {
        string[] parts = [cluster, seen.AuditId!, received.UtcTicks.ToString(CultureInfo.InvariantCulture), seen.Verb ?? "", seen.RequestUri ?? "", user.Username ?? ""];
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
    }

    private static bool IsStream(KubeAuditEvent seen) => seen.Verb == "watch" || seen.ObjectRef?.Subresource switch
    {
        "exec" or "attach" or "portforward" or "proxy" => true,
        "log" => Followed().IsMatch(seen.RequestUri ?? ""),
        _ => false,
    };

    /// <summary>Without its query, which may carry a command's arguments.</summary>
    private static string PathOf(string? uri) => uri?.Split('?', 2)[0] ?? "";

    /// <summary>Columns take no control characters, and nobody needs more than this.</summary>
    private static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var cut = text.Length <= MaxText ? text : text[..MaxText];
        return string.Concat(cut.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? "?" : rune.ToString()));
    }

    [GeneratedRegex("^jit:(gr-[0-9a-z]{13})\\z")]
    private static partial Regex GrantGroup();

    [GeneratedRegex("[?&]follow=(true|1|t)(&|\\z)", RegexOptions.IgnoreCase)]
    private static partial Regex Followed();
}
