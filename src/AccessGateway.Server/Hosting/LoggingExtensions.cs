namespace AccessGateway.Server.Hosting;

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

/// <summary>Logs go to stdout: lines for people on a terminal, JSON lines everywhere else, so that no value can forge a line.</summary>
internal static class LoggingExtensions
{
    /// <param name="command">For a command, whose output is its own: errors alone, on stderr.</param>
    public static void AddLogging(this WebApplicationBuilder builder, bool command) => builder.Services.AddSerilog(logger =>
    {
        logger.WithLevels(command).Enrich.FromLogContext();
        LogEventLevel? stderr = command ? LogEventLevel.Verbose : null;
        if (Console.IsOutputRedirected)
            logger.WriteTo.Console(new CompactJsonFormatter(), standardErrorFromLevel: stderr);
        else
            logger.WriteTo.Console(formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: stderr);
    });

    /// <summary>Who may log what; of a command errors alone.</summary>
    public static LoggerConfiguration WithLevels(this LoggerConfiguration logger, bool command = false) => logger
        .MinimumLevel.Is(command ? LogEventLevel.Error : LogEventLevel.Information)
        .MinimumLevel.Override("Microsoft", command ? LogEventLevel.Error : LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.Hosting.Lifetime", command ? LogEventLevel.Error : LogEventLevel.Information)
        // Queries and addresses may hold secrets of links: neither is logged.
        .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Fatal)
        .MinimumLevel.Override("System.Net.Http.HttpClient", command ? LogEventLevel.Error : LogEventLevel.Warning)
        .MinimumLevel.Override("OpenIddict", command ? LogEventLevel.Error : LogEventLevel.Warning)
        // The client would log what providers answer, the wrong answers above all; SignIn/Providers says itself what went wrong.
        .MinimumLevel.Override("OpenIddict.Client", LogEventLevel.Fatal);
}
