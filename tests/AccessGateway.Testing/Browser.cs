namespace AccessGateway.Testing;

using System.Net;

/// <summary>A signed-in browser, as far as pages without script need one: cookies, forms, no redirects followed.</summary>
internal sealed class Browser(HttpClient client, string cookies, string antiforgery) : IDisposable
{
    public static async Task<Browser> SignedInAsync(TestGateway gateway, TestUser user)
    {
        var (cookies, antiforgery) = await gateway.BrowserAsync(user);
        return new Browser(gateway.Anonymous(), cookies, antiforgery);
    }

    public Task<(HttpStatusCode Status, string Text, Uri? Location)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, form: null);

    /// <param name="handler">The form's name on its page; none for an endpoint.</param>
    public Task<(HttpStatusCode Status, string Text, Uri? Location)> PostAsync(string path, string? handler, params (string Name, string Value)[] fields)
    {
        var form = fields.Select(field => KeyValuePair.Create(field.Name, field.Value)).Append(KeyValuePair.Create("__RequestVerificationToken", antiforgery));
        return SendAsync(HttpMethod.Post, path, handler is null ? form : form.Append(KeyValuePair.Create("_handler", handler)));
    }

    public Task<(HttpStatusCode Status, string Text, Uri? Location)> PostWithoutAntiforgeryAsync(string path, string? handler, params (string Name, string Value)[] fields)
    {
        var form = fields.Select(field => KeyValuePair.Create(field.Name, field.Value));
        return SendAsync(HttpMethod.Post, path, handler is null ? form : form.Append(KeyValuePair.Create("_handler", handler)));
    }

    public void Dispose() => client.Dispose();

    private async Task<(HttpStatusCode Status, string Text, Uri? Location)> SendAsync(HttpMethod method, string path, IEnumerable<KeyValuePair<string, string>>? form)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        request.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location);
    }
}
