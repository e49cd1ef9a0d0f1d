namespace AccessGateway.Tests.KubeCalls;

using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AccessGateway.Testing;

/// <summary>An API server's audit webhook, as it speaks.</summary>
internal static class KubeAudit
{
    public const string Secret = "0123456789abcdef0123456789abcdef";

    /// <summary>The standard documents, with the secret's digest.</summary>
    public static string Documents(Uri? server = null) => StandardDocuments.Yaml(server ?? new Uri("https://127.0.0.1:1")).Replace(
        "  leafLifetime: 10m\n", $"  leafLifetime: 10m\n  audit: {{tokenSha256: {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))}}}\n", StringComparison.Ordinal);

    public static async Task<HttpResponseMessage> SendAsync(this TestGateway gateway, string body, string? secret = Secret, string cluster = "dev", string type = "application/json")
    {
        using var client = gateway.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/clusters/{cluster}/kube-audit") { Content = new StringContent(body, new MediaTypeHeaderValue(type)) };
        request.Headers.Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret);
        request.Headers.ExpectContinue = body.Length > 1024 * 1024; // refused by its length, before it is sent
        return await client.SendAsync(request);
    }

    public static string List(params JsonNode?[] events) => new JsonObject { ["kind"] = "EventList", ["apiVersion"] = "audit.k8s.io/v1", ["metadata"] = new JsonObject(), ["items"] = new JsonArray(events) }.ToJsonString();

    /// <summary>One event, with fields that the gateway does not know.</summary>
    public static JsonObject Event(
        string grant, DateTimeOffset received, string stage = "ResponseComplete", string verb = "get", string resource = "pods", string? subresource = null, string name = "web-1",
        string auditId = "0d0f8a7c-5a5e-4b39-9f55-3f2d4c7d0001", string uri = "/api/v1/namespaces/shop/pods/web-1", DateTimeOffset? at = null, int? code = 200) => new()
    {
        ["level"] = "RequestResponse",
        ["auditID"] = auditId,
        ["stage"] = stage,
        ["requestURI"] = uri,
        ["verb"] = verb,
        ["user"] = new JsonObject { ["username"] = "alice", ["uid"] = "7", ["groups"] = new JsonArray($"jit:{grant}", "system:authenticated"), ["extra"] = new JsonObject { ["a"] = new JsonArray("b") } },
        ["impersonatedUser"] = new JsonObject { ["username"] = "somebody" },
        ["sourceIPs"] = new JsonArray("192.0.2.7"),
        ["userAgent"] = "kubectl/v1.36.0",
        ["objectRef"] = new JsonObject { ["resource"] = resource, ["namespace"] = "shop", ["name"] = name, ["subresource"] = subresource, ["apiVersion"] = "v1" },
        ["responseStatus"] = code is null ? null : new JsonObject { ["metadata"] = new JsonObject(), ["code"] = code },
        ["requestObject"] = new JsonObject { ["spec"] = new JsonArray(1, 2.5, true, new JsonObject()) },
        ["requestReceivedTimestamp"] = Micro(received),
        ["stageTimestamp"] = Micro(at ?? received),
        ["annotations"] = new JsonObject { ["authorization.k8s.io/decision"] = "allow", ["authentication.kubernetes.io/credential-id"] = "X509SHA256=00" },
    };

    private static string Micro(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
