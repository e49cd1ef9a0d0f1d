namespace AccessGateway.Testing;

using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AccessGateway.SignIn;

/// <summary>What a browser does, without a browser: cookies, redirects one by one, forms with their hidden fields.</summary>
internal sealed partial class TestBrowser : IDisposable
{
    private readonly HttpClient _client;

    public TestBrowser(Uri home, params string[] certificateAuthorityFiles)
    {
        Home = home;
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        foreach (var file in certificateAuthorityFiles)
            trust.CustomTrustStore.ImportFromPemFile(file);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies };
        handler.SslOptions.CertificateChainPolicy = trust;
        _client = new HttpClient(handler);
        _client.DefaultRequestHeaders.Add("Accept", "text/html");
        _client.DefaultRequestHeaders.Add("User-Agent", "test browser");
    }

    public Uri Home { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Every address that was asked, in order.</summary>
    public List<Uri> Visited { get; } = [];

    /// <summary>One request.</summary>
    public async Task<BrowserPage> GetAsync(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Home, address));
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await SendAsync(request);
    }

    /// <summary>Follows redirects to the page at their end, or until one leads to where <paramref name="until"/> says.</summary>
    public async Task<BrowserPage> GoAsync(string address, Func<Uri, bool>? until = null)
    {
        var page = await GetAsync(address);
        for (var hops = 0; page.Location is { } next && until?.Invoke(next) != true; hops++)
        {
            if (hops > 20)
                throw new InvalidOperationException($"Redirected in circles: {string.Join(" ", Visited)}");
            page = await GetAsync(next.ToString());
        }

        return page;
    }

    /// <summary>From the provider's button to the end of the redirects.</summary>
    public Task<BrowserPage> SignInAsync(string returnPath = "/") => GoAsync(ProviderEndpoints.StartPath("corp", returnPath));

    /// <summary>Up to the moment before the browser carries the provider's answer to the gateway: that address.</summary>
    public async Task<Uri> AnswerAsync() =>
        (await GoAsync(ProviderSetup.Start, until: next => next.AbsolutePath.EndsWith("/callback", StringComparison.Ordinal))).Location!;

    /// <summary>Posts the page's form, the last where there are several, with its hidden fields and these.</summary>
    public async Task<BrowserPage> SubmitAsync(BrowserPage page, params (string Name, string Value)[] fields)
    {
        var values = new Dictionary<string, string>();
        foreach (Match hidden in HiddenField().Matches(page.Html))
            values[hidden.Groups["name"].Value] = WebUtility.HtmlDecode(hidden.Groups["value"].Value);
        foreach (var (name, value) in fields)
            values[name] = value;
        using var request = new HttpRequestMessage(HttpMethod.Post, page.Address) { Content = new FormUrlEncodedContent(values) };
        var answer = await SendAsync(request);
        return answer.Location is { } next ? await GoAsync(next.ToString()) : answer;
    }

    public void Dispose() => _client.Dispose();

    private async Task<BrowserPage> SendAsync(HttpRequestMessage request)
    {
        Visited.Add(request.RequestUri!);
        using var answer = await _client.SendAsync(request);
        var location = answer.Headers.Location is { } to ? new Uri(request.RequestUri!, to) : null;
        return new BrowserPage(request.RequestUri!, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), location, [.. answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []]);
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex HiddenField();
}

/// <param name="Location">Where the answer redirects to, if it does.</param>
internal sealed record BrowserPage(Uri Address, int Status, string Html, Uri? Location, IReadOnlyList<string> SetCookies)
{
    public string Title => WebUtility.HtmlDecode(Html.Split("<h1>") is [_, var rest, ..] ? rest.Split("</h1>")[0] : "");
}
