namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Reflection;

internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Prints the version.");
        command.SetAction(_ =>
        {
            Console.WriteLine(typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return 0;
        });
        return command;
    }
}
