using System.CommandLine;
using AccessGateway.Server.Commands;

var root = new RootCommand("AccessGateway: just-in-time admin access to Kubernetes.")
{
    ServeCommand.Create(),
    UsersCommand.Create(),
    MachinesCommand.Create(),
    ConfigCommand.Create(),
    ClustersCommand.Create(),
    CaCommand.Create(),
    AuditCommand.Create(),
    KeysCommand.Create(),
    NotifyCommand.Create(),
    VersionCommand.Create(),
};
root.Options.Add(CommonOptions.Data);
root.Options.Add(CommonOptions.Config);
root.Options.Add(CommonOptions.PublicUrl);
root.Options.Add(CommonOptions.Output);
root.Options.Add(ServeCommand.Urls);
root.SetAction(ServeCommand.RunAsync);

return await CommandRunner.InvokeAsync(root.Parse(args));
