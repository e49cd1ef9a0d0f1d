namespace AccessGateway.Documents;

using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Reads which machines a policy is for, and finds those that no other document knows.</summary>
internal static class MachineRequesters
{
    private const string ServiceAccounts = "serviceAccounts";
    private const string Clients = "clients";

    public static MachineNames Read(MappingReader requesters) =>
        new(requesters.Texts(ServiceAccounts, Names.ServiceAccountProblem), requesters.Texts(Clients, Names.LabelProblem));

    /// <summary>A misspelt machine would be a hole in a policy that nobody notices: what is named must be there.</summary>
    /// <param name="document">Any document; those of other kinds name no machines.</param>
    public static void CheckReferences(MappingReader document, IReadOnlyCollection<string> clusters, IReadOnlyCollection<string> clients)
    {
        if (document.Text("kind") != "AccessPolicy")
            return;
        var requesters = document.Mapping("spec").Mapping("requesters");
        foreach (var account in requesters.Texts(ServiceAccounts).Where(account => !clusters.Contains(account.Split('/')[0])))
            requesters.Error($"{ServiceAccounts}: '{account}' names a cluster that no document registers.", ServiceAccounts);
        foreach (var client in requesters.Texts(Clients).Where(client => !clients.Contains(client)))
            requesters.Error($"{Clients}: there is no MachineClient '{client}'.", Clients);
    }
}
