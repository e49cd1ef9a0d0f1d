namespace AccessGateway.Testing;

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>
/// The part of a Kubernetes API that knows ServiceAccounts, for answers that a real one does not give on demand: tokens by their
/// text, the ServiceAccounts and pods that there are. The real one is in the end-to-end tests.
/// </summary>
internal sealed class FakeServiceAccounts
{
    private readonly ConcurrentDictionary<string, string> _objects = new();

    private FakeServiceAccounts()
    {
    }

    /// <summary>What a TokenReview says of any token: the answer for the deployer where a test does not change it.</summary>
    public JsonObject Status { get; set; } = [];

    /// <summary>The tokens that were asked about.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public static FakeServiceAccounts Of(FakeApiServer api)
    {
        var fake = new FakeServiceAccounts { Status = Deployer() };
        fake.Put("serviceaccounts", "deployer", "sa-uid");
        fake.Put("pods", "job-1", "pod-uid");
        api.Elsewhere = fake.Answer;
        return fake;
    }

    public static JsonObject Deployer() => (JsonObject)JsonNode.Parse("""
        {
          "authenticated": true,
          "audiences": ["access-gateway"],
          "user": {
            "username": "system:serviceaccount:ci:deployer",
            "uid": "sa-uid",
            "extra": {"authentication.kubernetes.io/pod-name": ["job-1"], "authentication.kubernetes.io/pod-uid": ["pod-uid"]}
          }
        }
        """)!;

    public void Put(string kind, string name, string uid) => _objects[$"/api/v1/namespaces/ci/{kind}/{name}"] = uid;

    public void Remove(string kind, string name) => _objects.TryRemove($"/api/v1/namespaces/ci/{kind}/{name}", out _);

    /// <summary>A token as a cluster would issue it, as far as one can see without its keys.</summary>
    public static string Token(DateTimeOffset now, TimeSpan? lifetime = null, string audience = OAuth.ServiceAccountAudience, string subject = "system:serviceaccount:ci:deployer")
    {
        using var key = TestKeys.NextRsa();
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object>
            {
                ["iss"] = "https://kubernetes.default.svc", ["sub"] = subject, ["aud"] = new[] { audience }, ["exp"] = (now + (lifetime ?? TimeSpan.FromMinutes(10))).ToUnixTimeSeconds(),
            },
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(key) { KeyId = "k" }, SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = new() { CacheSignatureProviders = false } },
        });
    }

    private JsonObject? Answer(string path, JsonNode? body)
    {
        if (path == "/apis/authentication.k8s.io/v1/tokenreviews")
        {
            Asked.Enqueue((string)body!["spec"]!["token"]!);
            return new JsonObject { ["kind"] = "TokenReview", ["apiVersion"] = "authentication.k8s.io/v1", ["metadata"] = new JsonObject(), ["status"] = Status.DeepClone() };
        }

        return _objects.TryGetValue(path, out var uid)
            ? new JsonObject { ["metadata"] = new JsonObject { ["name"] = path[(path.LastIndexOf('/') + 1)..], ["namespace"] = "ci", ["uid"] = uid }, ["status"] = new JsonObject { ["phase"] = "Running" } }
            : null;
    }
}
