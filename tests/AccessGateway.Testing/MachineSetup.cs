namespace AccessGateway.Testing;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using AccessGateway.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>A gateway that knows machines: the client deploy-bot, whose keys are here, and the ServiceAccount dev/ci/deployer.</summary>
internal static class MachineSetup
{
    public const string Client = "deploy-bot";
    public const string ServiceAccount = "sa:dev:ci:deployer";

    public static readonly ECDsa ClientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    public static readonly RSA RsaClientKey = RSA.Create(2048);

    private const string Policy = """
        apiVersion: access-gateway/v1
        kind: MachineClient
        metadata: {name: deploy-bot}
        spec:
          keys: [{file: deploy-bot.pem}, {file: deploy-bot-rsa.pem}]
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: machines}
        spec:
          clusters: {names: [dev]}
          requesters: {serviceAccounts: [dev/ci/deployer], clients: [deploy-bot]}
          roles:
            - {name: deploy, clusterRole: edit, scope: cluster, maxDuration: 8h, defaultDuration: 30m, approval: automatic}
        """;

    /// <summary>A folder with the documents; the caller deletes it.</summary>
    public static string WriteConfiguration(FakeApiServer? api, string extra = Policy)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-machines-").FullName;
        File.WriteAllText(Path.Combine(folder, "documents.yaml"), StandardDocuments.Yaml(api?.Address ?? new Uri("https://127.0.0.1:1")) + "\n---\n" + extra);
        File.WriteAllText(Path.Combine(folder, "ca.crt"), api?.CertificateAuthority ?? StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        File.WriteAllText(Path.Combine(folder, "deploy-bot.pem"), ClientKey.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(Path.Combine(folder, "deploy-bot-rsa.pem"), RsaClientKey.ExportSubjectPublicKeyInfoPem());
        return folder;
    }

    public static Dictionary<string, object> Claims(DateTimeOffset now, string client = Client) => new()
    {
        ["iss"] = client,
        ["sub"] = client,
        ["aud"] = "https://localhost",
        ["iat"] = now.ToUnixTimeSeconds(),
        ["exp"] = now.AddMinutes(2).ToUnixTimeSeconds(),
        ["jti"] = AccessGateway.Persistence.Identifier.New("jti"),
    };

    public static string Sign(Dictionary<string, object> claims, SecurityKey? key = null, string algorithm = SecurityAlgorithms.EcdsaSha256, string type = "client-authentication+jwt") =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            TokenType = type,
            SigningCredentials = new SigningCredentials(key ?? new ECDsaSecurityKey(ClientKey), algorithm) { CryptoProviderFactory = new() { CacheSignatureProviders = false } },
        });

    public static async Task<(int Status, TokenAnswer Answer)> TokenAsync(HttpClient client, params (string Name, string Value)[] form)
    {
        using var answer = await client.PostAsync(new Uri(OAuth.TokenEndpoint, UriKind.Relative), new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        return ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.TokenAnswer))!);
    }

    public static Task<(int Status, TokenAnswer Answer)> ClientTokenAsync(HttpClient client, string assertion, string? clientId = null)
    {
        (string, string)[] form =
            [("grant_type", "client_credentials"), ("client_assertion_type", OAuth.JwtBearerAssertion), ("client_assertion", assertion), ("scope", OAuth.ApiScope)];
        return TokenAsync(client, clientId is null ? form : [.. form, ("client_id", clientId)]);
    }

    public static Task<(int Status, TokenAnswer Answer)> ServiceAccountTokenAsync(HttpClient client, string token, string cluster = TestGateway.Cluster) => TokenAsync(
        client, ("grant_type", OAuth.JwtBearerGrant), ("client_id", OAuth.ClientId), ("assertion", token), (OAuth.ClusterParameter, cluster), ("scope", OAuth.ApiScope));

    public static void Use(HttpClient client, TokenAnswer answer) =>
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.AccessToken ?? throw new InvalidOperationException($"{answer.Error}: {answer.ErrorDescription}"));

    /// <summary>Asks for the role deploy and activates it, over the API.</summary>
    public static async Task<GrantView> GrantAsync(HttpClient client, string duration = "10m") => (await GrantsAsync(client, duration, TestGateway.Cluster)).Single();

    public static async Task<IReadOnlyList<GrantView>> GrantsAsync(HttpClient client, string duration, params string[] clusters)
    {
        using var asked = await client.PostAsJsonAsync(
            "/api/v1/access-requests", new SubmitAccessRequest { Clusters = clusters, Role = "deploy", Duration = duration }, GatewayJson.Default.SubmitAccessRequest);
        asked.EnsureSuccessStatusCode();
        var request = (await asked.Content.ReadFromJsonAsync(GatewayJson.Default.AccessRequestView))!;
        using var activated = await client.PostAsync($"/api/v1/access-requests/{request.Id}/activate", content: null);
        return activated.IsSuccessStatusCode
            ? (await activated.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items
            : throw new HttpRequestException(await activated.Content.ReadAsStringAsync(), null, activated.StatusCode);
    }
}
