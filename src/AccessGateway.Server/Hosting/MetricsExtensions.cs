namespace AccessGateway.Server.Hosting;

using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OpenTelemetry.Metrics;

/// <summary><c>/metrics</c> in Prometheus' text format, for a scraper that has the secret. Without one there is no such address.</summary>
internal static class MetricsExtensions
{
    /// <summary>The gateway's own, and what says whether the process is well: requests, connections, memory.</summary>
    private static readonly string[] Meters = ["AccessGateway", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddGatewayMetrics(this IServiceCollection services, IConfiguration settings)
    {
        services.AddMetrics();
        services.AddOptions<MetricsOptions>().BindConfiguration("Metrics", binder => binder.ErrorOnUnknownConfiguration = true)
            .Validate(
                options => options.SecretFile.Length == 0 || options.ReadSecret() is not null,
                $"Metrics:SecretFile must name a readable file with a secret of at least {MetricsOptions.ShortestSecret} characters.")
            .ValidateOnStart();
        if (IsOn(settings))
            services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter());
    }

    public static void UseGatewayMetrics(this WebApplication app)
    {
        if (IsOn(app.Configuration))
            app.UseOpenTelemetryPrometheusScrapingEndpoint(meterProvider: null, context => context.Request.Path == "/metrics", path: null, branch => branch.Use(AdmitAsync), optionsName: null);
    }

    private static bool IsOn(IConfiguration settings) => !string.IsNullOrEmpty(settings["Metrics:SecretFile"]);

    private static async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<MetricsOptions>>().Value;
        if (options.ReadSecret() is { } secret && Matches(context.Request.Headers.Authorization.ToString(), secret))
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
    }

    /// <summary>In the same time whatever is wrong.</summary>
    private static bool Matches(string header, string secret) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(header)), SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {secret}")));
}
