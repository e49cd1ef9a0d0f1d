namespace AccessGateway.Testing;

using System.Text.Json.Nodes;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Policy;

/// <summary>What a Kubernetes says about itself and about the gateway, for a <see cref="FakeApiServer"/>; healthy where a test does not change it.</summary>
internal sealed class FakeCluster
{
    public const string Self = "system:serviceaccount:access-gateway:access-gateway";

    private readonly Func<string, JsonNode?, JsonObject?> _otherwise;

    private FakeCluster(Func<string, JsonNode?, JsonObject?> otherwise) => _otherwise = otherwise;

    public string Minor { get; set; } = "30";

    /// <summary>Whom it takes the gateway for; null for a release that does not say.</summary>
    public string? User { get; set; } = Self;

    /// <summary>What the gateway holds by its rules, and what questions are answered with yes besides.</summary>
    public List<OwnRight> Held { get; } = [];

    public HashSet<string> Yes { get; } = [];

    /// <summary>Whether leaves are accepted.</summary>
    public bool Trusts { get; set; } = true;

    /// <summary>By path, such as <c>validatingadmissionpolicies/x</c>.</summary>
    public Dictionary<string, JsonObject> Admission { get; } = [];

    public static FakeCluster Of(FakeApiServer api)
    {
        var fake = new FakeCluster(api.Elsewhere);
        api.Elsewhere = fake.Answer;
        api.Fault = request => request.Path == "/api" && !fake.Trusts ? 401 : null;
        return fake;
    }

    /// <summary>Holds exactly what the documents need.</summary>
    public void Hold(GatewayDocuments documents)
    {
        Held.Clear();
        Held.AddRange(OwnRights.Of(documents, documents.Cluster(TestGateway.Cluster)!));
    }

    public void AlsoHold(string group, string resource, string verb, string? place = null, string? name = null) =>
        Held.Add(new OwnRight(new RoleRule([group], [resource], name is null ? [] : [name], [verb], []), place, "a test"));

    private JsonObject? Answer(string path, JsonNode? body) => path switch
    {
        "/api" => [],
        "/version" or "/version/" => new JsonObject { ["major"] = "1", ["minor"] = Minor, ["gitVersion"] = $"v1.{Minor}.0" },
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" when User is not null => new JsonObject { ["status"] = new JsonObject { ["userInfo"] = new JsonObject { ["username"] = User, ["groups"] = new JsonArray("system:authenticated") } } },
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => new JsonObject { ["status"] = Rules((string)body!["spec"]!["namespace"]!) },
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => new JsonObject { ["status"] = new JsonObject { ["allowed"] = Yes.Contains((string?)body!["spec"]!["resourceAttributes"]?["resource"] ?? "") } },
        _ => Admission.GetValueOrDefault(path.Split("/v1/", 2)[^1]) ?? _otherwise(path, body),
    };

    private JsonObject Rules(string place) => new()
    {
        ["incomplete"] = false,
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("get"), ["nonResourceURLs"] = new JsonArray("/healthz", "/version") }),
        ["resourceRules"] = new JsonArray([.. Held.Where(right => right.Namespace is null || right.Namespace == place).Select(right => (JsonNode)new JsonObject
        {
            ["verbs"] = Texts(right.Rule.Verbs),
            ["apiGroups"] = Texts(right.Rule.ApiGroups),
            ["resources"] = Texts(right.Rule.Resources),
            ["resourceNames"] = Texts(right.Rule.ResourceNames),
        })]),
    };

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
