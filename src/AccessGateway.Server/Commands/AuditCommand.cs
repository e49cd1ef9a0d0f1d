namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Gets the audit log out.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var export = new Command("export", "Writes every audit event as a line of JSON, oldest first.");
        export.SetAction(ExportAsync);
        return new Command("audit", "The audit log.") { export };
    }

    private static async Task<int> ExportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var db = gateway.Services.GetRequiredService<GatewayDbContext>();
        await foreach (var row in db.AuditEvents.AsNoTracking().OrderBy(row => row.Index).AsAsyncEnumerable().WithCancellation(cancellationToken))
            Console.WriteLine(JsonSerializer.Serialize(row.ToView(), GatewayJson.Default.AuditEventView));
        return 0;
    }
}
