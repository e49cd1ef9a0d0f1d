namespace AccessGateway.Kubectl.Diagnosis;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.Output;

internal static class VersionCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("version", "Show this plugin's version.");
        host.Handle(command, (_, invocation, _) =>
        {
            if (invocation.Printer.Format is OutputFormat.Json or OutputFormat.Yaml)
            {
                invocation.Printer.Structured(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("version", GatewayTransport.Version);
                    writer.WriteEndObject();
                });
            }
            else
            {
                invocation.Environment.Out.WriteLine("kubectl-access " + GatewayTransport.Version);
            }

            return Task.CompletedTask;
        });
        return command;
    }
}
