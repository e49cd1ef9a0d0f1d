namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Machines that have signed in, to look at and to keep out.</summary>
internal sealed class MachineDirectory(GatewayDbContext db, MachineRules rules, UserAdministration administration)
{
    /// <summary>By name, from beyond <paramref name="after"/> on; for administrators.</summary>
    public async Task<Outcome<List<MachineView>>> ListAsync(Caller caller, int take, string? after, CancellationToken cancellationToken) =>
        caller.IsAdministrator ? await ReadAsync(take, after, cancellationToken) : UserAdministration.NotAdministrator;

    /// <summary>The same without asking who looks: for the server's command line.</summary>
    public async Task<List<MachineView>> ReadAsync(int take, string? after, CancellationToken cancellationToken)
    {
        var query = db.Users.AsNoTracking().Where(user => user.Machine != null);
        if (after is not null)
            query = query.Where(user => string.Compare(user.Name, after) > 0);
        var rows = await query.OrderBy(user => user.Name).Take(take).ToListAsync(cancellationToken);
        return [.. rows.Select(ToView)];
    }

    /// <summary>Disabling ends everything the machine holds; needs a step-up for <c>user:{name}</c>, as every change of an account does.</summary>
    public async Task<Outcome<MachineView>> SetDisabledAsync(Caller caller, string name, bool disabled, string? proof, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        if (!await db.Users.AnyAsync(user => user.Name == name && user.Machine != null, cancellationToken))
            return new Refusal.NotFound($"No machine '{name}' has signed in.");
        var changed = await administration.ChangeDisabledAsync(caller, name, disabled, proof, cancellationToken);
        return changed.Is(out var machine, out var refusal) ? ToView(machine) : refusal;
    }

    private MachineView ToView(User user) => new(
        user.Name,
        user.Machine == MachineKind.Client ? "client" : "serviceAccount",
        user.MachineId ?? "",
        user.Disabled ? MachineState.Disabled : rules.FactsOf(user) is null ? MachineState.Unnamed : MachineState.Active,
        user.CreatedAt,
        user.LastSignInAt);
}
