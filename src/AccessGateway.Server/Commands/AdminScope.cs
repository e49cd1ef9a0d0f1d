namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The gateway's services for one command, without serving; the database is migrated as at a start.</summary>
internal sealed class AdminScope : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AsyncServiceScope _scope;

    private AdminScope(WebApplication app)
    {
        _app = app;
        _scope = app.Services.CreateAsyncScope();
    }

    public IServiceProvider Services => _scope.ServiceProvider;

    public static async Task<AdminScope> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var app = GatewayHost.Build(CommonOptions.Settings(parsed), command: true);
        await GatewayStartup.MigrateAsync(app.Services, cancellationToken);
        return new AdminScope(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _app.DisposeAsync();
    }
}
