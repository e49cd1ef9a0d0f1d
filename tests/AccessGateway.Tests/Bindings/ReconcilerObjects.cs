namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Contracts;

/// <summary>Objects as somebody may have left them in a cluster.</summary>
internal static class ReconcilerObjects
{
    public static JsonObject Orphan(string name, string grant) => new()
    {
        ["metadata"] = Labelled(name, grant),
        ["roleRef"] = new JsonObject { ["kind"] = "ClusterRole", ["name"] = "cluster-admin", ["apiGroup"] = "rbac.authorization.k8s.io" },
        ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "Group", ["name"] = $"jit:{grant}", ["apiGroup"] = "rbac.authorization.k8s.io" }),
    };

    public static JsonObject OrphanRole(string name, string grant) => new()
    {
        ["metadata"] = Labelled(name, grant),
        ["rules"] = new JsonArray(new JsonObject { ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*"), ["verbs"] = new JsonArray("*") }),
    };

    private static JsonObject Labelled(string name, string grant) => new()
    {
        ["name"] = name,
        ["labels"] = new JsonObject { [OwnObjects.GatewayLabel] = "access-gateway", [OwnObjects.GrantLabel] = grant },
    };
}
