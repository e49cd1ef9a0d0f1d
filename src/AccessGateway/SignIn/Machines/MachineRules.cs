namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using Microsoft.Extensions.Options;

/// <summary>Which machines there may be: those that the documents name at this moment.</summary>
internal sealed class MachineRules(GatewayDocuments documents, IOptions<MachineOptions> options)
{
    /// <summary>A name stands as CN in the leaf, which has room for so many characters (RFC 5280, appendix A.1).</summary>
    public const int LongestName = 64;

    /// <summary>The subject's name: with a colon, which no person's has, and never beginning with <c>system:</c>.</summary>
    public static string NameOf(MachineKind kind, string id) => kind == MachineKind.ServiceAccount ? $"sa:{id.Replace('/', ':')}" : $"client:{id}";

    /// <summary>Null where no document names the machine: a client has a document of its own, a ServiceAccount stands in a policy.</summary>
    public MachineFacts? FactsOf(MachineKind kind, string id)
    {
        var named = kind == MachineKind.Client
            ? documents.MachineClient(id) is not null
            : documents.Policies.Any(policy => policy.Requesters.Machines.Of(kind).Contains(id));
        return named ? new MachineFacts(kind, id, options.Value.LongestGrantTime) : null;
    }

    public MachineFacts? FactsOf(User user) => user is { Machine: { } kind, MachineId: { } id } ? FactsOf(kind, id) : null;

    /// <summary>Every machine that the documents name, by its subject's name.</summary>
    public IReadOnlyList<string> Named() =>
    [
        .. documents.MachineClients.Select(client => NameOf(MachineKind.Client, client.Name))
            .Concat(documents.Policies.SelectMany(policy => policy.Requesters.Machines.ServiceAccounts).Select(id => NameOf(MachineKind.ServiceAccount, id)))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>The access policies that name it.</summary>
    public IReadOnlyList<string> PoliciesNaming(MachineKind kind, string id) =>
        [.. documents.Policies.Where(policy => policy.Requesters.Machines.Of(kind).Contains(id)).Select(policy => policy.Name)];

    /// <summary>The keys of a client at this moment; none of one that no document defines, and none of a ServiceAccount.</summary>
    public IReadOnlyList<MachineKeyView> KeysOf(MachineKind kind, string id) =>
        [.. (kind == MachineKind.Client ? documents.MachineClient(id)?.Keys ?? [] : []).Select(MachineKeys.ToView)];

    /// <summary>Who a ServiceAccount's token claims to be, as far as documents know it.</summary>
    public MachineClaim ClaimOf(string? cluster, ServiceAccountToken? token)
    {
        if (cluster is null || documents.Cluster(cluster) is null)
            return MachineClaim.Unknown;
        var id = token is null ? "" : $"{cluster}/{token.Namespace}/{token.Name}";
        return new MachineClaim(FactsOf(MachineKind.ServiceAccount, id) is null ? null : NameOf(MachineKind.ServiceAccount, id), cluster);
    }
}
