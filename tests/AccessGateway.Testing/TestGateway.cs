namespace AccessGateway.Testing;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Server.Hosting;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

/// <summary>
/// A whole gateway in this process: the real services on a real database, with a clock that the test moves. It serves HTTPS on a
/// port of its own once <see cref="ListenAsync"/> is called.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    public const string Cluster = "dev";
    public const string GoodPassword = "correct horse battery";

    private readonly TestDatabase? _ownDatabase;
    private readonly string _data;
    private readonly bool _ownData;

    private TestGateway(WebApplication app, TestDatabase? ownDatabase, FakeTimeProvider clock, string data, bool ownData)
    {
        App = app;
        _ownDatabase = ownDatabase;
        Clock = clock;
        _data = data;
        _ownData = ownData;
    }

    public WebApplication App { get; }

    public FakeTimeProvider Clock { get; }

    public IServiceProvider Services => App.Services;

    public string Data => _data;

    public string CertificateAuthorityFile => Path.Combine(_data, "tls", "ca.crt");

    /// <summary>The SQLite file; null with PostgreSQL.</summary>
    public string? DatabaseFile => _ownDatabase?.Options is { Provider: "sqlite", ConnectionString: var text } ? text.Replace("Data Source=", "", StringComparison.Ordinal) : null;

    /// <summary>Where it is reached; of another process with the same data, where a test runs one.</summary>
    public Uri Address { get; set; } = new("https://localhost");

    /// <param name="documents">YAML; the standard documents where missing.</param>
    /// <param name="config">A folder of documents that is there; one is written where missing.</param>
    /// <param name="database">A database that other gateways use too; one of its own where missing.</param>
    /// <param name="port">Where a browser reaches it, by <c>https://localhost</c>; passkeys are bound to that. Any free port where missing.</param>
    /// <param name="background">Whether the loops run (expiry, reconciling).</param>
    /// <param name="settings">Further settings, over the usual ones.</param>
    public static async Task<TestGateway> CreateAsync(
        DatabaseKind kind = DatabaseKind.Sqlite, string? documents = null, FakeApiServer? apiServer = null, TestDatabase? database = null,
        FakeTimeProvider? clock = null, string? data = null, string? config = null, bool background = false, Action<IServiceCollection>? configure = null,
        Dictionary<string, string?>? settings = null, int? port = null)
    {
        var own = database is null ? await TestDatabase.CreateAsync(kind) : null;
        var ownData = data is null || own is not null;
        data ??= Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        var folder = config;
        if (folder is null)
        {
            folder = Directory.CreateDirectory(Path.Combine(data, "config")).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "documents.yaml"), documents ?? StandardDocuments.Yaml(apiServer?.Address ?? new Uri("https://127.0.0.1:1")));
            await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), apiServer?.CertificateAuthority ?? StandardDocuments.SomeCertificate);
            await File.WriteAllTextAsync(Path.Combine(folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        }

        clock ??= new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var options = (database ?? own!).Options;
        var flags = new Dictionary<string, string?>
        {
            ["Gateway:Data"] = data,
            ["Gateway:Config"] = folder,
            ["Gateway:PublicUrl"] = port is null ? "https://localhost" : $"https://localhost:{port}",
            ["Urls"] = $"https://127.0.0.1:{port ?? 0}",
            ["Database:Provider"] = options.Provider,
            ["Database:ConnectionString"] = options.ConnectionString,
        };
        // On a cluster that others use too: each removes what carries its own name.
        if (config is not null && apiServer is null)
            flags["Gateway:Name"] = "in-process";
        foreach (var (key, value) in settings ?? [])
            flags[key] = value;
        var app = GatewayHost.Build(flags, services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(NullLoggerFactory.Instance));
            // A good hash is slow on purpose, and hundreds of tests make some.
            services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 1000);
            if (apiServer is null && config is null)
                services.Replace(ServiceDescriptor.Singleton<IGrantBinder>(new NoCluster()));
            if (!background)
                services.RemoveAll<Microsoft.Extensions.Hosting.IHostedService>();
            configure?.Invoke(services);
        });
        await GatewayStartup.PrepareAsync(app.Services, CancellationToken.None);
        return new TestGateway(app, own, clock, data, ownData);
    }

    /// <summary>One on the same folders with nothing that tests change; it does not run.</summary>
    public WebApplication BuildAsShipped() => GatewayHost.Build(new() { ["Gateway:Data"] = _data, ["Gateway:Config"] = Path.Combine(_data, "config") });

    /// <summary>For <c>configure</c>: passwords cost what they do in production.</summary>
    public static void HashInEarnest(IServiceCollection services) => services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = Passwords.Iterations);

    /// <summary>Starts to serve. Whatever hosted services there are start too.</summary>
    public async Task ListenAsync()
    {
        App.UseGateway();
        await App.StartAsync();
        var address = App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new Uri(address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
    }

    /// <summary>Works with scoped services as one request would.</summary>
    public async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = Services.CreateAsyncScope();
        return await act(scope.ServiceProvider);
    }

    public Task<T> WithAsync<TService, T>(Func<TService, Task<T>> act)
        where TService : notnull => InScopeAsync(services => act(services.GetRequiredService<TService>()));

    /// <summary>Lets the gateway's clock run, more slowly than the real one, until a task is done: for what waits between two looks
    /// at a real API server.</summary>
    public async Task<T> WithClockRunningAsync<T>(Task<T> task)
    {
        await Eventually.TrueAsync(() =>
        {
            Clock.Advance(TimeSpan.FromMilliseconds(10));
            return Task.FromResult(task.IsCompleted);
        }, what: "the task to be done");
        return await task;
    }

    /// <summary>Lets the gateway's clock run until something is so: for what its loops bring about.</summary>
    public Task EventuallyAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        Clock.Advance(TimeSpan.FromMilliseconds(250));
        return Task.FromResult(condition());
    });

    /// <summary>Adds an enrolled user without the cost of a password hash; see <see cref="EnrolAsync"/> for the whole way.</summary>
    public Task<TestUser> AddUserAsync(string name, params string[] groups) => InScopeAsync(async services =>
    {
        var db = services.GetRequiredService<GatewayDbContext>();
        var user = new User { Id = Identifier.New("us"), Name = name, Groups = [.. groups], CreatedAt = Clock.GetUtcNow(), PasswordHash = "unusable" };
        var secret = TotpCodes.NewSecret();
        var factor = Identifier.New("tf");
        db.Users.Add(user);
        db.TotpFactors.Add(new TotpFactor
        {
            Id = factor,
            UserId = user.Id,
            SealedSecret = SecondFactor.Seal(services.GetRequiredService<SecretBox>(), secret, factor),
            CreatedAt = Clock.GetUtcNow(),
        });
        await db.SaveChangesAsync();
        return new TestUser(new Caller(user.Id, name, user.Groups), secret, "");
    });

    /// <summary>Adds a user and walks through the enrolment link: password, authenticator, recovery codes.</summary>
    public async Task<(TestUser User, IReadOnlyList<string> RecoveryCodes)> EnrolAsync(string name, params string[] groups)
    {
        var link = Value(await WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", name, groups, default)));
        var step = Value(await WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.ChoosePasswordAsync(link, GoodPassword, default)));
        var user = new TestUser(new Caller("", name, groups), step.TotpSecret!, GoodPassword);
        var result = Value(await WithAsync<Enrolments, Outcome<EnrolmentResult>>(enrolments => enrolments.ConfirmAsync(link, step.Ticket, user.CodeAt(Clock.GetUtcNow()), default)));
        return (user with { Caller = new Caller(result.User.Id, name, groups) }, result.RecoveryCodes);
    }

    /// <summary>The next code that was not used before: waits one time step on the gateway's clock.</summary>
    public string NextCode(TestUser user)
    {
        Clock.Advance(TimeSpan.FromSeconds(30));
        return user.CodeAt(Clock.GetUtcNow());
    }

    /// <summary>A fresh step-up proof.</summary>
    public async Task<string> ProveAsync(TestUser user, string action) => Value(await WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
        stepUps.ProveAsync(user.Caller, new StepUpRequest { Method = StepUpMethods.Totp, Code = NextCode(user), Action = action }, default))).Proof;

    public static T Value<T>(Outcome<T> outcome)
        where T : class => outcome.Is(out var value, out var refusal) ? value : throw new InvalidOperationException($"Refused: {refusal.Code}: {refusal.Detail}");

    public static Refusal RefusalOf<T>(Outcome<T> outcome)
        where T : class => outcome.Is(out _, out var refusal) ? throw new InvalidOperationException("It was not refused.") : refusal;

    /// <summary>Every audit event, in order.</summary>
    public Task<List<AuditEventView>> AuditAsync() => InScopeAsync(services =>
        Task.FromResult(services.GetRequiredService<GatewayDbContext>().AuditEvents.OrderBy(row => row.Index).AsEnumerable().Select(row => row.ToView()).ToList()));

    /// <summary>For tests that look at no cluster: one that never answers.</summary>
    private sealed class NoCluster : IGrantBinder
    {
        public Task<bool> BindAsync(Grant grant, CancellationToken cancellationToken) => Task.FromResult(false);

        public Task<bool> UnbindAsync(Grant grant, CancellationToken cancellationToken) => Task.FromResult(false);
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        if (_ownDatabase is not null)
            await _ownDatabase.DisposeAsync();
        if (_ownData)
            Directory.Delete(_data, recursive: true);
    }
}
