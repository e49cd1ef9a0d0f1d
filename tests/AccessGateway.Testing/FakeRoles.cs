namespace AccessGateway.Testing;

using System.Text.Json.Nodes;

/// <summary>Roles and bindings as the API server would hold them, for a <see cref="FakeApiServer"/>.</summary>
internal static class FakeRoles
{
    private static int _versions;

    /// <param name="rules">JSON, as in a manifest.</param>
    /// <param name="label">A label with the value <c>true</c>.</param>
    /// <param name="aggregates">The label of the roles it is put together from.</param>
    public static void AddClusterRole(this FakeApiServer server, string name, string rules, string? label = null, string? aggregates = null)
    {
        var role = new JsonObject
        {
            ["kind"] = "ClusterRole",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["uid"] = name,
                ["resourceVersion"] = $"{Interlocked.Increment(ref _versions)}",
                ["labels"] = label is null ? [] : new JsonObject { [label] = "true" },
            },
            ["rules"] = JsonNode.Parse(rules),
        };
        if (aggregates is not null)
            role["aggregationRule"] = new JsonObject { ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [aggregates] = "true" } }) };
        server.Objects[$"clusterroles/{name}"] = role;
    }

    /// <param name="rules">JSON, as in a manifest.</param>
    public static void AddRole(this FakeApiServer server, string place, string name, string rules) => server.Objects[$"namespaces/{place}/roles/{name}"] = new JsonObject
    {
        ["kind"] = "Role",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = place, ["uid"] = $"{place}/{name}", ["resourceVersion"] = $"{Interlocked.Increment(ref _versions)}" },
        ["rules"] = JsonNode.Parse(rules),
    };

    public static void BindToAccount(this FakeApiServer server, string clusterRole, string place, string account) => server.Objects[$"clusterrolebindings/{place}-{account}"] = new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = $"{place}-{account}" },
        ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = clusterRole },
        ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["namespace"] = place, ["name"] = account }),
    };

    public static void AddNamespace(this FakeApiServer server, string name) => server.Objects[$"namespaces/{name}"] = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } };

    /// <summary>The roles of the standard documents: view (low), edit (high), cluster-admin (critical).</summary>
    public static void AddStandardRoles(this FakeApiServer server)
    {
        server.AddClusterRole("view", """[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]""");
        server.AddClusterRole("edit", """[{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get","list","create","delete"]}]""");
        server.AddClusterRole("cluster-admin", """[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]},{"nonResourceURLs":["*"],"verbs":["*"]}]""");
    }
}
