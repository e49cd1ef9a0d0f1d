namespace AccessGateway.Testing;

using System.Collections.Concurrent;
using System.Globalization;
using AccessGateway.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

/// <summary>What a gateway would write to its log, as text and as JSON: at the levels that it really uses, and of its own code everything.</summary>
internal sealed class CapturedLog : ILogEventSink
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CompactJsonFormatter _json = new();

    public string Text => string.Join('\n', _lines);

    public void Use(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(
        new SerilogLoggerFactory(
            new LoggerConfiguration().WithLevels().MinimumLevel.Override("AccessGateway", LogEventLevel.Verbose).Enrich.FromLogContext().WriteTo.Sink(this).CreateLogger(), dispose: true)));

    public void Emit(LogEvent logEvent)
    {
        _lines.Enqueue($"{logEvent.Level} {logEvent.RenderMessage(null)} {string.Join(' ', logEvent.Properties.Select(property => $"{property.Key}={property.Value}"))} {logEvent.Exception}");
        using var json = new StringWriter(CultureInfo.InvariantCulture);
        _json.Format(logEvent, json);
        _lines.Enqueue(json.ToString());
    }
}
