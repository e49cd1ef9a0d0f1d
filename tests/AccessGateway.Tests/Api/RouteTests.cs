namespace AccessGateway.Tests.Api;

using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Xunit;

/// <summary>Asks the gateway itself which routes it has, so that a new one cannot forget who may call it, or its antiforgery token.</summary>
public sealed partial class RouteTests : IAsyncLifetime
{
    private const string Api = "/api/v1/";

    /// <summary>Pages for those who are not signed in yet.</summary>
    private static readonly string[] OpenPages = ["/sign-in", "/sign-in/problem", "/sign-in/second-step", "/enrol/{Secret}"];

    /// <summary>Everything that is neither a call of the API nor a page nor a file: a new one is put here with care, and tested by itself.</summary>
    private static readonly string[] Others =
    [
        "GET /connect/authorize", "POST /connect/authorize", "POST /connect/token", "POST /connect/verify",
        "GET /sign-in/provider/{name}", "GET /sign-in/provider/{name}/callback", "GET /sign-in/provider/{name}/sign-out",
        "POST /passkeys/sign-in", "POST /passkeys/step-up", "POST /sign-out", "POST /notices/dismiss", "GET /clusters/{name}/posture/draft.yaml",
        "GET /healthz", "GET /readyz", "GET /openapi/{documentName}.json", "GET /_framework/opaque-redirect",
    ];

    /// <summary>Under the API's address, but not for its callers: an API server has a secret of its cluster. Without it the answer is the same.</summary>
    private const string KubeAudit = Api + "clusters/{name}/kube-audit";

    /// <summary>No cookie counts for the one; the others read JSON alone, which no form of another site can send.</summary>
    private static readonly string[] WithoutAntiforgery = ["/connect/token", "/passkeys/sign-in", "/passkeys/step-up"];

    private TestGateway _gateway = null!;
    private Browser _root = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _root = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("root", "administrators", "platform"));
    }

    public async ValueTask DisposeAsync()
    {
        _root.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Api_EveryRoute_UnauthenticatedWithoutAToken()
    {
        var calls = Routes().Where(route => IsApi(route.Path)).ToList();
        Assert.InRange(calls.Count, 30, 1000);
        Assert.All(calls.Where(call => call.Path != KubeAudit), call => Assert.Contains(call.Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>(), data => data.Policy == SignInExtensions.ApiPolicy));
        Assert.All(calls, call => Assert.Null(call.Endpoint.Metadata.GetMetadata<IAllowAnonymous>()));
        var (cookies, _) = await _gateway.BrowserAsync(await _gateway.AddUserAsync("alice"));
        using var client = _gateway.Anonymous();
        foreach (var call in calls)
        {
            foreach (var (bearer, cookie) in new (string?, string?)[] { (null, null), ("nonsense", null), (null, cookies) })
            {
                using var request = new HttpRequestMessage(new HttpMethod(call.Method), Fill(call.Path)) { Content = Body(call.Method) };
                request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
                if (cookie is not null)
                    request.Headers.Add("Cookie", cookie);
                using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{call.Method} {call.Path}: {(int)answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Pages_EveryOne_ToSignInFirst()
    {
        var pages = Routes().Where(route => route.IsPage && route.Method == "GET").Select(route => route.Path).ToList();
        Assert.InRange(pages.Count, 15, 1000);
        Assert.Empty(OpenPages.Except(pages));
        using var client = _gateway.Anonymous();
        foreach (var page in pages.Except(OpenPages))
        {
            using var answer = await client.GetAsync(new Uri(Fill(page), UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{page}: {(int)answer.StatusCode}");
            Assert.StartsWith("/sign-in?return=", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Others_BesidesApiAndPages_TheKnownOnes() =>
        Assert.Equal(
            Others.Order(StringComparer.Ordinal),
            Routes().Where(route => !IsApi(route.Path) && !route.IsPage && !route.IsFile).Select(route => $"{route.Method} {route.Path}").Distinct().Order(StringComparer.Ordinal));

    /// <summary>Every form of every page, and every endpoint that takes one.</summary>
    [Fact]
    public async Task Post_AnythingWithoutAntiforgery_Refused()
    {
        var posts = Routes().Where(route => route.Method == "POST" && !IsApi(route.Path) && !route.IsFile).ToList();
        Assert.Equal(WithoutAntiforgery.Order(), posts.Select(post => post.Path).Intersect(WithoutAntiforgery).Order());
        var forms = FormNames();
        Assert.InRange(forms.Count, 15, 1000);
        foreach (var post in posts)
        {
            if (WithoutAntiforgery.Contains(post.Path))
                continue;
            Assert.True(!post.IsPage || post.Endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true }, post.Path);
            foreach (var form in post.IsPage ? forms : [""])
            {
                var (status, _, location) = await _root.PostWithoutAntiforgeryAsync(Fill(post.Path), form.Length == 0 ? null : form, ("code", "123456"));
                Assert.True(status == HttpStatusCode.BadRequest && location is null, $"{form} on {post.Path}: {(int)status}");
            }
        }
    }

    /// <summary>That what is refused above is refused for want of the token alone.</summary>
    [Theory]
    [InlineData("/logins", "end")]
    [InlineData("/users/new", "add")]
    [InlineData("/machines/x-1", "disable")]
    [InlineData("/security/add-passkey", "begin")]
    [InlineData("/security/recovery-codes", "replace")]
    [InlineData("/notices/dismiss", null)]
    [InlineData("/sign-out", null)]
    public async Task Post_WithAntiforgery_Taken(string path, string? form) =>
        Assert.NotEqual(HttpStatusCode.BadRequest, (await _root.PostAsync(path, form, ("code", "123456"))).Status);

    [Theory]
    [InlineData("/passkeys/sign-in")]
    [InlineData("/passkeys/step-up")]
    public async Task Post_AFormWhereJsonIsRead_UnsupportedMediaType(string path)
    {
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _root.PostAsync(path, handler: null, ("action", StepUpActions.AddTotp))).Status);
        var (cookies, _) = await _gateway.BrowserAsync(await _gateway.AddUserAsync("alice"));
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("""{"action":"factor:add-totp"}""", new MediaTypeHeaderValue("text/plain")) };
        request.Headers.Add("Cookie", cookies);
        using var client = _gateway.Anonymous();
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    private List<Route> Routes() =>
    [
        .. ((IEndpointRouteBuilder)_gateway.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().SelectMany(endpoint =>
            (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]).Select(method => new Route(method, $"/{endpoint.RoutePattern.RawText!.Trim('/')}", endpoint))),
    ];

    private static bool IsApi(string path) => path.StartsWith(Api, StringComparison.Ordinal);

    private static StringContent? Body(string method) => method is "GET" or "DELETE" ? null : new StringContent("{}", new MediaTypeHeaderValue("application/json"));

    private static string Fill(string path) => Parameters().Replace(path, "x-1");

    /// <summary>The names of all forms that the portal's pages and components have.</summary>
    private static List<string> FormNames()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return [.. Directory.EnumerateFiles(Path.Combine(folder, "web", "AccessGateway.Portal"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(file => FormName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct()];
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameters();

    [GeneratedRegex("@formname=\"([^\"]+)\"")]
    private static partial Regex FormName();

    private sealed record Route(string Method, string Path, RouteEndpoint Endpoint)
    {
        public bool IsPage => Endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;

        public bool IsFile => Endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null || Path == "/{**path:file}";
    }
}
