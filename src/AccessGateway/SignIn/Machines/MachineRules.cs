namespace AccessGateway.SignIn;

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
}
