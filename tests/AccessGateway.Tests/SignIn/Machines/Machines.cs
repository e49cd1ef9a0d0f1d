namespace AccessGateway.Tests.SignIn.Machines;

using System.Net;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;

/// <summary>A listening gateway in front of a cluster that knows the ServiceAccount dev/ci/deployer.</summary>
internal sealed class Machines : IAsyncDisposable
{
    private Machines(TestGateway gateway, FakeApiServer api, FakeServiceAccounts fake, string config) =>
        (Gateway, Api, Fake, Config, Client) = (gateway, api, fake, config, gateway.Anonymous());

    public TestGateway Gateway { get; }

    public FakeApiServer Api { get; }

    public FakeServiceAccounts Fake { get; }

    /// <summary>The folder of the documents.</summary>
    public string Config { get; }

    public HttpClient Client { get; }

    /// <param name="edit">Changes the documents.</param>
    public static async Task<Machines> StartAsync(DatabaseKind kind = DatabaseKind.Sqlite, Func<string, string>? edit = null, Action<IServiceCollection>? configure = null)
    {
        var api = await FakeApiServer.StartAsync();
        var fake = FakeServiceAccounts.Of(api);
        var config = MachineSetup.WriteConfiguration(api);
        var file = Path.Combine(config, "documents.yaml");
        if (edit is not null)
            await File.WriteAllTextAsync(file, edit(await File.ReadAllTextAsync(file)));
        var gateway = await TestGateway.CreateAsync(kind, apiServer: api, config: config, configure: configure);
        await gateway.ListenAsync();
        return new Machines(gateway, api, fake, config);
    }

    public string Token(TimeSpan? lifetime = null) => FakeServiceAccounts.Token(Gateway.Clock.GetUtcNow(), lifetime);

    public async Task<HttpStatusCode> StatusAsync()
    {
        using var answer = await Client.GetAsync("/api/v1/me");
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        await Api.DisposeAsync();
        Directory.Delete(Config, recursive: true);
    }
}
