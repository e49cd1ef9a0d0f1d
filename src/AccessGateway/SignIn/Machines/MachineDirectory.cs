namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Machines that have signed in, to look at and to keep out.</summary>
internal sealed class MachineDirectory(GatewayDbContext db, MachineRules rules, IHeldAccess held, UserAdministration administration, TimeProvider clock)
{
    /// <summary>By name, from beyond <paramref name="after"/> on; for administrators.</summary>
    public async Task<Outcome<List<MachineView>>> ListAsync(Caller caller, int take, string? after, CancellationToken cancellationToken) =>
        caller.IsAdministrator ? await ReadAsync(take, after, cancellationToken) : UserAdministration.NotAdministrator;

    /// <summary>One machine, for administrators.</summary>
    public async Task<Outcome<MachineView>> FindAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        return await FindRowAsync(name, cancellationToken) is { } machine ? (await ToViewsAsync([machine], cancellationToken))[0] : Unknown(name);
    }

    /// <summary>What one machine holds at this moment, for administrators.</summary>
    public async Task<Outcome<List<HeldGrant>>> GrantsOfAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        return await FindRowAsync(name, cancellationToken) is { } machine ? await held.ActiveAsync([machine.Id], cancellationToken) : Unknown(name);
    }

    /// <summary>The names of machines that documents name and that have never signed in, for administrators.</summary>
    public async Task<Outcome<List<string>>> NeverSeenAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        var seen = await db.Users.Where(user => user.Machine != null).Select(user => user.Name).ToListAsync(cancellationToken);
        return rules.Named().Except(seen).ToList();
    }

    /// <summary>The list without asking who looks: for the server's command line.</summary>
    public async Task<List<MachineView>> ReadAsync(int take, string? after, CancellationToken cancellationToken)
    {
        var query = db.Users.AsNoTracking().Where(user => user.Machine != null);
        if (after is not null)
            query = query.Where(user => string.Compare(user.Name, after) > 0);
        return await ToViewsAsync(await query.OrderBy(user => user.Name).Take(take).ToListAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Disabling ends everything the machine holds; needs a step-up for <c>user:{name}</c>, as every change of an account does.</summary>
    public async Task<Outcome<MachineView>> SetDisabledAsync(Caller caller, string name, bool disabled, string? proof, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        if (await FindRowAsync(name, cancellationToken) is null)
            return Unknown(name);
        var changed = await administration.ChangeDisabledAsync(caller, name, disabled, proof, cancellationToken);
        return changed.Is(out var machine, out var refusal) ? (await ToViewsAsync([machine], cancellationToken))[0] : refusal;
    }

    public static Refusal Unknown(string name) => new Refusal.NotFound($"No machine '{name}' has signed in.");

    private Task<User?> FindRowAsync(string name, CancellationToken cancellationToken) =>
        db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Name == name && user.Machine != null, cancellationToken);

    private async Task<List<MachineView>> ToViewsAsync(List<User> machines, CancellationToken cancellationToken)
    {
        var ids = machines.ConvertAll(machine => machine.Id);
        var now = clock.GetUtcNow();
        var logins = await db.MachineLogins.AsNoTracking().Where(login => ids.Contains(login.UserId)).GroupBy(login => login.UserId)
            .Select(of => new { of.Key, Current = of.Count(login => login.EndedAt == null && login.ExpiresAt > now), Seen = of.Max(login => login.LastSeenAt) })
            .ToDictionaryAsync(of => of.Key, cancellationToken);
        var grants = (await held.ActiveAsync(ids, cancellationToken)).CountBy(grant => grant.UserId).ToDictionary();
        return machines.ConvertAll(machine =>
        {
            var (kind, id) = (machine.Machine ?? MachineKind.Client, machine.MachineId ?? "");
            var of = logins.GetValueOrDefault(machine.Id);
            return new MachineView(
                machine.Name,
                kind == MachineKind.Client ? "client" : "serviceAccount",
                id,
                machine.Disabled ? MachineState.Disabled : rules.FactsOf(machine) is null ? MachineState.Unnamed : MachineState.Active,
                machine.CreatedAt,
                machine.LastSignInAt,
                // Logins are kept for a day after their end; the sign-in is remembered longer.
                of?.Seen ?? machine.LastSignInAt,
                kind == MachineKind.ServiceAccount ? id.Split('/')[0] : null,
                rules.KeysOf(kind, id),
                rules.PoliciesNaming(kind, id),
                of?.Current ?? 0,
                grants.GetValueOrDefault(machine.Id));
        });
    }
}
