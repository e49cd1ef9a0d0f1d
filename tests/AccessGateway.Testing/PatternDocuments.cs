namespace AccessGateway.Testing;

using System.Text.Json.Nodes;
using AccessGateway.Configuration;
using AccessGateway.Contracts;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Role offers for namespace patterns.</summary>
internal static class PatternDocuments
{
    /// <summary>Cluster <c>dev</c>, in team-* and dev-? but not in team-secret-*: deployer (automatic), reviewed (one administrator), restarter
    /// (rules of its own), operator (a Role of the namespaces).</summary>
    public static string Yaml(Uri server, string except = "[team-secret-*]") => $$"""
        {{StandardDocuments.Yaml(server).Split("\n---")[0]}}
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: patterns}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - name: deployer
              clusterRole: edit
              scope: namespaces
              namespaces: [team-*, dev-?]
              exceptNamespaces: {{except}}
              maxDuration: 4h
              approval: automatic
              breakGlass: {groups: [platform], maxDuration: 30m, reviewWithin: 24h}
            - {name: reviewed, clusterRole: edit, scope: namespaces, namespaces: [team-*], exceptNamespaces: {{except}}, maxDuration: 4h, maxTotalDuration: 8h}
            - {name: restarter, rules: [{apiGroups: [''], resources: [pods], verbs: [get, delete]}], scope: namespaces, namespaces: [team-*], maxDuration: 4h, approval: automatic}
            - {name: operator, role: operator, scope: namespaces, namespaces: [team-*], maxDuration: 4h, approval: automatic}
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 4h, approval: automatic}
        """;

    /// <summary>Other exceptions from now on.</summary>
    public static async Task ExceptAsync(this TestGateway gateway, Uri server, string except)
    {
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "config", "documents.yaml"), Yaml(server, except));
        var look = gateway.Services.GetRequiredService<ConfigurationReload>().LookAsync(CancellationToken.None);
        await gateway.EventuallyAsync(() => look.IsCompleted);
        if (!await look)
            throw new InvalidOperationException("The documents were not taken.");
    }

    public static JsonObject Namespace(string name, bool ending = false)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ending)
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        return new JsonObject { ["metadata"] = metadata };
    }

    /// <summary>Where a grant is bound in the cluster, sorted.</summary>
    public static List<string> BoundIn(this FakeApiServer api, string grantId) => [.. api.Objects.Keys
        .Where(key => key.EndsWith($"/rolebindings/{OwnObjects.NamePrefix}{grantId}", StringComparison.Ordinal))
        .Select(key => key.Split('/')[1]).Order(StringComparer.Ordinal)];
}
