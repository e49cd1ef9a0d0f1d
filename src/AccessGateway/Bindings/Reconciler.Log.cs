namespace AccessGateway.Bindings;

using Microsoft.Extensions.Logging;

internal sealed partial class Reconciler
{
    [LoggerMessage(LogLevel.Error, "Grant {Grant} cannot be bound on cluster {Cluster}: the API server answered {Status}.")]
    private partial void LogCannotBind(string grant, string cluster, int status);
}
