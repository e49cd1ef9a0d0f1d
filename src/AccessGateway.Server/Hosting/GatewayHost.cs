namespace AccessGateway.Server.Hosting;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Audit;
using AccessGateway.Bindings;
using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Configuration;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.KubeCalls;
using AccessGateway.Notifications;
using AccessGateway.Outbound;
using AccessGateway.Portal;
using AccessGateway.Posture;
using AccessGateway.Problems;
using AccessGateway.Schedules;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the gateway together: which services there are, and the way of a request through them.</summary>
internal static class GatewayHost
{
    private const string DefaultUrl = "https://localhost:8443";
    private const long MaxBody = 64 * 1024;

    /// <summary>Settings from appsettings.json, the environment (<c>ACCESSGATEWAY__…</c>) and flags, the later over the earlier.</summary>
    public static IConfigurationRoot Settings(Dictionary<string, string?> flags) => AddSettings(new ConfigurationBuilder(), flags).Build();

    /// <param name="flags">Settings given on the command line.</param>
    /// <param name="configure">Replaces services; for tests.</param>
    /// <param name="command">Whether it is for an admin command, not to serve.</param>
    public static WebApplication Build(Dictionary<string, string?> flags, Action<IServiceCollection>? configure = null, bool command = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(GatewayHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        AddSettings(builder.Configuration, flags);
        // A service that lives on must not keep the documents of one operation.
        builder.Host.UseDefaultServiceProvider(provider => provider.ValidateScopes = true);
        builder.AddLogging(command);
        builder.AddHttps(DefaultUrl, MaxBody);
        builder.WebHost.UseStaticWebAssets();

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().BindConfiguration("Gateway", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations();
        services.AddGatewayMetrics(builder.Configuration);
        services.AddPersistence();
        services.AddConfigurationDocuments();
        services
            .AddSignIn()
            .AddClusters()
            .AddBlastRadius()
            .AddPosture()
            .AddOutbound()
            .AddSchedules()
            .AddAccessRequests()
            .AddApprovals()
            .AddGrants()
            .AddKubeCalls()
            .AddIssuance()
            .AddBindings()
            .AddAudit()
            .AddNotifications()
            .AddPortal();
        services.ConfigureHttpJsonOptions(options => GatewayJson.Strict(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddOpenApi("v1");
        services.AddRouting();
        configure?.Invoke(services);
        return builder.Build();
    }

    public static void UseGateway(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<Failures>();
        app.UseStatusCodePages(Failures.FillInAsync);
        app.UseGatewayMetrics();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();

        var api = app.MapGroup("/api/v1").RequireAuthorization(SignInExtensions.ApiPolicy).AddEndpointFilter(ProblemResults.AddHeaders).DisableAntiforgery();
        api.MapStepUp();
        api.MapLogins();
        api.MapUsers();
        api.MapMachines();
        api.MapFactors();
        api.MapClusters();
        api.MapBlastRadius();
        api.MapPosture();
        api.MapAccessRequests();
        api.MapApprovals();
        api.MapGrants();
        api.MapIssuance();
        api.MapAudit();
        api.MapNotifications();
        app.MapKubeAudit();
        app.MapOAuth();
        app.MapPasskeys();
        app.MapProviders();
        app.MapOpenApi();
        app.MapHealth();
        app.MapPortal();
    }

    private static IConfigurationBuilder AddSettings(IConfigurationBuilder builder, Dictionary<string, string?> flags) => builder
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
        .AddEnvironmentVariables("ACCESSGATEWAY__")
        .AddInMemoryCollection(flags);
}
