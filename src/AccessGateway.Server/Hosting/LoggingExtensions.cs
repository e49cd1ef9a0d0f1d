namespace AccessGateway.Server.Hosting;

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

/// <summary>Logs go to stdout: lines for people on a terminal, JSON lines everywhere else, so that no value can forge a line.</summary>
internal static class LoggingExtensions
{
    public static void AddLogging(this WebApplicationBuilder builder) => builder.Services.AddSerilog(logger =>
    {
        logger.WithLevels().Enrich.FromLogContext();
        if (Console.IsOutputRedirected)
            logger.WriteTo.Console(new CompactJsonFormatter());
        else
            logger.WriteTo.Console(formatProvider: CultureInfo.InvariantCulture);
    });

    /// <summary>Who may log what.</summary>
    public static LoggerConfiguration WithLevels(this LoggerConfiguration logger) => logger
        .MinimumLevel.Information()
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
        // Queries and addresses may hold secrets of links: neither is logged.
        .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Fatal)
        .MinimumLevel.Override("System.Net.Http.HttpClient", LogEventLevel.Warning)
        .MinimumLevel.Override("OpenIddict", LogEventLevel.Warning)
        // The client would log what providers answer, the wrong answers above all; SignIn/Providers says itself what went wrong.
        .MinimumLevel.Override("OpenIddict.Client", LogEventLevel.Fatal);
}
