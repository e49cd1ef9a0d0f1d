using AccessGateway.Kubectl;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Credentials;

if (FastPath.TryPrint(args, Environment.GetEnvironmentVariable, TimeProvider.System, FastPath.PrintToStandardOutput))
    return ExitCodes.Ok;

return Plugin.Run(args);
