namespace AccessGateway.Tests.Schedules;

/// <summary>A fake at the wire: what an outside address answers.</summary>
internal sealed class Wire : HttpMessageHandler, IHttpClientFactory
{
    public required Func<HttpResponseMessage> Answer { get; set; }

    public int Calls { get; private set; }

    /// <summary>What came last: its headers by name, and the body as <c>body</c>.</summary>
    public Dictionary<string, string> Sent { get; } = [];

    public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls++;
        foreach (var header in request.Headers)
            Sent[header.Key] = string.Join(",", header.Value);
        if (request.Content is not null)
            Sent["body"] = await request.Content.ReadAsStringAsync(cancellationToken);
        return Answer();
    }
}
