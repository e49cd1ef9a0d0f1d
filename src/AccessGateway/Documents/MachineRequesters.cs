namespace AccessGateway.Documents;

using AccessGateway.Policy;

/// <summary>Reads which machines a policy is for, and finds those that no other document knows.</summary>
internal static class MachineRequesters
{
    private const string ServiceAccounts = "serviceAccounts";
    private const string Clients = "clients";

    public static MachineNames Read(MappingReader requesters) =>
        new(requesters.Texts(ServiceAccounts, Names.ServiceAccountProblem), requesters.Texts(Clients, Names.LabelProblem));

    /// <summary>A misspelt machine would be a hole in a policy that nobody notices: what is named must be there.</summary>
    public static IEnumerable<DocumentError> UnknownIn(GatewayDocuments documents)
    {
        foreach (var policy in documents.Policies)
        {
            var machines = policy.Requesters.Machines;
            foreach (var account in machines.ServiceAccounts.Where(account => documents.Cluster(account.Split('/')[0]) is null))
                yield return DocumentChecks.At(policy.Places, "requesters", $"{ServiceAccounts}: '{account}' names a cluster that no document registers.");
            foreach (var client in machines.Clients.Where(client => documents.MachineClient(client) is null))
                yield return DocumentChecks.At(policy.Places, "requesters", $"{Clients}: there is no MachineClient '{client}'.");
        }
    }
}
