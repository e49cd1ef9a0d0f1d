namespace AccessGateway.Testing;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AccessGateway.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;

/// <summary>
/// An OpenID Connect provider: OpenIddict's server on HTTPS of its own, with its own CA, database and keys, rotating refresh tokens
/// that it revokes when one comes twice. Shares nothing with the gateway but, where a test wants, the clock. It can be told to misbehave.
/// </summary>
internal sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "access-gateway";
    public const string ClientSecret = "canary-client-secret-5f0c";

    /// <summary>Stands in every failure's body: the gateway must not write it anywhere.</summary>
    public const string BodyCanary = "canary-provider-body-9d21";

    private readonly WebApplication _app;
    private readonly string _folder;
    private RSA _key = TestKeys.NextRsa();

    private TestProvider(WebApplication app, string folder, Uri authority) => (_app, _folder, Authority) = (app, folder, authority);

    public Uri Authority { get; }

    public string CertificateAuthorityFile => Path.Combine(_folder, "tls", "ca.crt");

    public string SecretFile => Path.Combine(_folder, "client-secret");

    public ConcurrentDictionary<string, ProviderPerson> People { get; } = new();

    /// <summary>Who has a session at the provider in every browser; null shows a page to choose.</summary>
    public ProviderPerson? Current { get; set; }

    /// <summary>The person says no.</summary>
    public bool Cancels { get; set; }

    /// <summary>Changes every ID token.</summary>
    public Action<IdTokenForgery>? Forge { get; set; }

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject>? Misconfigure { get; set; }

    /// <summary>Leaves ID tokens out of the answers to refresh tokens.</summary>
    public bool OmitsIdTokenAtRefresh { get; set; }

    /// <summary>Decides for each request whether to fail it: a status, or null to go on.</summary>
    public Func<HttpRequest, int?> Fault { get; set; } = _ => null;

    /// <summary>Runs before each request, for races.</summary>
    public Func<HttpRequest, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Paths and queries of the requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Values of every token that was handed out, and of every code.</summary>
    public ConcurrentBag<string> Issued { get; } = [];

    /// <param name="redirectUris">Where the gateway may be redirected to.</param>
    public static async Task<TestProvider> StartAsync(TimeProvider clock, params Uri[] redirectUris)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-provider-").FullName;
        var authority = new Uri($"https://127.0.0.1:{FreePort()}/");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls(authority.ToString());
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = ServerCertificate.ReadOrCreate(folder, "127.0.0.1", TimeProvider.System)));
        builder.Services.AddRouting().AddLogging();
        builder.Services.AddAuthentication();
        builder.Services.Replace(ServiceDescriptor.Singleton(clock));
        builder.Services.AddDbContext<ProviderDbContext>(options => options.UseSqlite(Database(folder)).UseOpenIddict());
        TestProvider provider = null!;
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<ProviderDbContext>())
            .AddServer(server => TestProviderServer.Configure(server, authority));
        builder.Services.AddOptions<OpenIddictServerOptions>().Configure(options => options.SigningCredentials.Add(provider.Credentials()));
        var app = builder.Build();
        provider = new TestProvider(app, folder, authority);
        await File.WriteAllTextAsync(provider.SecretFile, $"{ClientSecret}\n");
        app.Use(provider.MisbehaveAsync);
        app.UseRouting();
        app.UseAuthentication();
        TestProviderServer.Map(app, provider);
        await provider.RegisterAsync(redirectUris);
        await app.StartAsync();
        return provider;
    }

    public ProviderPerson Add(string subject, string userName, params string[] groups)
    {
        var person = new ProviderPerson(subject, userName);
        person.Groups.AddRange(groups);
        return People[subject] = Current = person;
    }

    /// <summary>A new key, under a new name; the old one counts no more.</summary>
    public void RotateKey()
    {
        _key = TestKeys.NextRsa();
        var credentials = _app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials;
        credentials.Clear();
        credentials.Add(Credentials());
    }

    /// <summary>The settings with which a gateway uses this provider.</summary>
    public Dictionary<string, string?> Settings(string name = "corp", int index = 0) => new()
    {
        [$"SignIn:Providers:{index}:Name"] = name,
        [$"SignIn:Providers:{index}:DisplayName"] = "Corp Login",
        [$"SignIn:Providers:{index}:Authority"] = Authority.ToString(),
        [$"SignIn:Providers:{index}:ClientId"] = ClientId,
        [$"SignIn:Providers:{index}:ClientSecretFile"] = SecretFile,
        [$"SignIn:Providers:{index}:CertificateAuthorityFile"] = CertificateAuthorityFile,
        [$"SignIn:Providers:{index}:Scopes:0"] = "openid",
        [$"SignIn:Providers:{index}:Scopes:1"] = "offline_access",
        [$"SignIn:Providers:{index}:Groups:Map:0:Provider"] = "/Platform",
        [$"SignIn:Providers:{index}:Groups:Map:0:Gateway"] = "platform",
        [$"SignIn:Providers:{index}:Groups:Map:1:Provider"] = "/Gateway Admins",
        [$"SignIn:Providers:{index}:Groups:Map:1:Gateway"] = "administrators",
    };

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await using (var pool = new SqliteConnection(Database(_folder)))
            SqliteConnection.ClearPool(pool);
        Directory.Delete(_folder, recursive: true);
    }

    private static string Database(string folder) => $"Data Source={Path.Combine(folder, "provider.db")}";

    private SigningCredentials Credentials() =>
        new(new RsaSecurityKey(_key) { KeyId = Convert.ToHexString(SHA256.HashData(_key.ExportSubjectPublicKeyInfo()))[..16] }, SecurityAlgorithms.RsaSha256);

    private async Task RegisterAsync(Uri[] redirectUris)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ProviderDbContext>().Database.EnsureCreatedAsync();
        var client = TestProviderServer.Client();
        client.RedirectUris.UnionWith(redirectUris);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(client);
    }

    private async Task MisbehaveAsync(HttpContext context, RequestDelegate next)
    {
        Requests.Enqueue($"{context.Request.Path}{context.Request.QueryString}");
        await Before(context.Request);
        if (Fault(context.Request) is { } status)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($"{{\"error\": \"server_error\", \"error_description\": \"{BodyCanary}\"}}");
            return;
        }

        var path = context.Request.Path.Value!;
        if (path is not ("/connect/token" or "/.well-known/openid-configuration"))
        {
            await next(context);
            return;
        }

        var body = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        await next(context);
        var json = (JsonObject)JsonNode.Parse(buffer.ToArray())!;
        await RewriteAsync(context.Request, path, json);
        context.Response.Body = body;
        context.Response.ContentLength = null;
        await context.Response.WriteAsync(json.ToJsonString());
    }

    private async Task RewriteAsync(HttpRequest request, string path, JsonObject json)
    {
        if (path != "/connect/token")
        {
            Misconfigure?.Invoke(json);
            return;
        }

        if (OmitsIdTokenAtRefresh && (await request.ReadFormAsync())["grant_type"] == "refresh_token")
            json.Remove("id_token");
        if (Forge is not null && (string?)json["id_token"] is { } token)
        {
            var forgery = IdTokenForgery.Read(token);
            Forge(forgery);
            json["id_token"] = forgery.Write(_key);
        }

        foreach (var name in new[] { "id_token", "access_token", "refresh_token" })
        {
            if ((string?)json[name] is { } issued)
                Issued.Add(issued);
        }
    }

    internal sealed class ProviderDbContext(DbContextOptions<ProviderDbContext> options) : DbContext(options);
}
