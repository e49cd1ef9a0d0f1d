namespace AccessGateway.Portal.Machines;

using AccessGateway.Contracts;

internal static class MachineWords
{
    public static string OfKind(MachineView machine) => machine.Cluster is null ? "Machine client" : "ServiceAccount";
}
