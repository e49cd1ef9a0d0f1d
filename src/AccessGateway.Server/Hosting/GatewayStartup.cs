namespace AccessGateway.Server.Hosting;

using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;

/// <summary>What happens before the first request is taken.</summary>
internal static class GatewayStartup
{
    private const string FirstAdministrator = "admin";

    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<CurrentDocuments>();
        services.GetRequiredService<Providers>();
        await MigrateAsync(services, cancellationToken);
        services.GetRequiredService<KeyRing>().Prepare();
        await using var scope = services.CreateAsyncScope();
        await PluginClient.RegisterAsync(scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>(), cancellationToken);
        await scope.ServiceProvider.GetRequiredService<MachineApplications>().SyncAsync(cancellationToken);
        scope.ServiceProvider.GetRequiredService<AuditLog>().Add(AuditEvents.GatewayStarted, AuditEvents.Gateway);
        await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().SaveChangesAsync(cancellationToken);
    }

    public static async Task MigrateAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        await DatabaseSchema.PrepareAsync(scope.ServiceProvider.GetRequiredService<GatewayDbContext>(), cancellationToken);
    }

    public static string EnrolmentLink(IServiceProvider services, string secret) =>
        Enrolments.LinkOf(services.GetRequiredService<IOptions<GatewayOptions>>().Value, secret);

    /// <summary>Where there are no users at all: adds an administrator and prints the enrolment link. It goes to stdout only, never to the log.</summary>
    public static async Task InviteFirstAdministratorAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<Users>();
        if (await users.AnyAsync(cancellationToken))
            return;
        var added = await users.AddAsync(AuditEvents.Gateway, FirstAdministrator, [Groups.Administrators], cancellationToken);
        if (added.Is(out var secret, out _))
            Console.WriteLine($"First administrator '{FirstAdministrator}', enrol within 24 hours: {EnrolmentLink(services, secret)}");
    }
}
