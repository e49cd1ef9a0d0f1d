namespace AccessGateway.Kubectl.Reaping;

/// <summary>What a run of the reaper does.</summary>
/// <param name="Gateway">The gateway's name: two may share a cluster.</param>
/// <param name="Grace">How long after its end a grant's binding is left to the gateway.</param>
/// <param name="Roles">Whether the roles that the gateway made are looked for too, which needs rights on roles.</param>
internal sealed record ReapChoice(string Gateway, TimeSpan Grace, bool Roles, bool DryRun);
