namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

/// <summary>Changes of accounts by administrators: each needs a step-up for <c>user:{name}</c>, and that the administrator is still one
/// when its turn comes.</summary>
internal sealed class UserAdministration(Users users, UserDirectory directory, GatewayDbContext db, StepUps stepUps, IOptions<GatewayOptions> gateway)
{
    public static readonly Refusal NotAdministrator = new Refusal.Forbidden("Only an administrator of the gateway may do this.");

    public async Task<Outcome<Invitation>> AddAsync(Caller caller, AddUser asked, string? proof, CancellationToken cancellationToken) =>
        caller.IsAdministrator
            ? await InvitationAsync(caller, asked.Name, await users.AddAsync(caller.Name, asked.Name, asked.Groups ?? [], cancellationToken, GateOf(caller, asked.Name, proof), asked.Email), cancellationToken)
            : NotAdministrator;

    public async Task<Outcome<Invitation>> InviteAsync(Caller caller, string name, string? proof, CancellationToken cancellationToken) =>
        caller.IsAdministrator
            ? await InvitationAsync(caller, name, await users.InviteAsync(caller.Name, name, cancellationToken, GateOf(caller, name, proof)), cancellationToken)
            : NotAdministrator;

    /// <summary>Not the last administrator, whose link would be in one pair of hands: that takes a shell on the gateway.</summary>
    public async Task<Outcome<Invitation>> ResetAsync(Caller caller, string name, string? proof, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return NotAdministrator;
        var gate = GateOf(caller, name, proof);
        return await InvitationAsync(caller, name, await users.ResetAsync(caller.Name, name, cancellationToken, async user =>
            user is not null && await users.IsLastAdministratorAsync(user, cancellationToken) ? Users.LastAdministrator(name) : await gate(user)), cancellationToken);
    }

    public async Task<Outcome<UserView>> SetDisabledAsync(Caller caller, string name, bool disabled, string? proof, CancellationToken cancellationToken) =>
        !caller.IsAdministrator ? NotAdministrator
            // A machine's name: it is no user, and has a way of its own.
            : Documents.Names.PersonProblem(name) is not null ? Users.Unknown(name)
            : await ViewAsync(caller, name, await ChangeDisabledAsync(caller, name, disabled, proof, cancellationToken), cancellationToken);

    /// <summary>The same for whoever it is, a machine too.</summary>
    public Task<Outcome<User>> ChangeDisabledAsync(Caller caller, string name, bool disabled, string? proof, CancellationToken cancellationToken) =>
        users.SetDisabledAsync(caller.Name, name, disabled, cancellationToken, GateOf(caller, name, proof));

    public async Task<Outcome<UserView>> UnlockAsync(Caller caller, string name, string? proof, CancellationToken cancellationToken) =>
        caller.IsAdministrator
            ? await ViewAsync(caller, name, await users.UnlockAsync(caller.Name, name, cancellationToken, GateOf(caller, name, proof)), cancellationToken)
            : NotAdministrator;

    public async Task<Outcome<UserView>> SetGroupsAsync(Caller caller, string name, IReadOnlyList<string> groups, string? proof, CancellationToken cancellationToken) =>
        caller.IsAdministrator
            ? await ViewAsync(caller, name, await users.SetGroupsAsync(caller.Name, name, groups, cancellationToken, GateOf(caller, name, proof)), cancellationToken)
            : NotAdministrator;

    public async Task<Outcome<UserView>> SetEmailAsync(Caller caller, string name, string? email, string? proof, CancellationToken cancellationToken) =>
        caller.IsAdministrator
            ? await ViewAsync(caller, name, await users.SetEmailAsync(caller.Name, name, email, cancellationToken, GateOf(caller, name, proof)), cancellationToken)
            : NotAdministrator;

    private Users.Gate GateOf(Caller caller, string name, string? proof) => async _ =>
        await db.Users.Where(User.Administers).AnyAsync(user => user.Id == caller.UserId && !user.Disabled)
            ? await stepUps.SpendAsync(caller, StepUpActions.User(name), proof, StepUpRequirement.Fresh, CancellationToken.None)
            : NotAdministrator;

    private async Task<Outcome<UserView>> ViewAsync(Caller caller, string name, Outcome<User> changed, CancellationToken cancellationToken) =>
        changed.Is(out _, out var refusal) ? await directory.FindAsync(caller, name, cancellationToken) : refusal;

    private async Task<Outcome<Invitation>> InvitationAsync(Caller caller, string name, Outcome<string> invited, CancellationToken cancellationToken)
    {
        if (!invited.Is(out var secret, out var refusal))
            return refusal;
        var found = await directory.FindAsync(caller, name, cancellationToken);
        return found.Is(out var user, out refusal)
            ? new Invitation(user, Enrolments.LinkOf(gateway.Value, secret), user.InvitedUntil ?? default)
            : refusal;
    }
}
