namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

/// <summary>Finds out who calls: from the authenticated principal only the ids of user and login are taken, the rest from the database.</summary>
internal sealed class Callers(GatewayDbContext db, MachineRules machines)
{
    private Caller? _found;

    /// <summary>Null where the principal is nobody's, somebody's who is disabled by now, or a machine's that no document names any more.</summary>
    public async Task<Caller?> FindAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        var id = principal.FindFirstValue(OpenIddictConstants.Claims.Subject);
        if (id is null)
            return null;
        var login = LoginOf(principal);
        if (_found?.UserId == id && _found.LoginId == login)
            return _found;
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && !row.Disabled, cancellationToken);
        return _found = user is null ? null : CallerOf(user, login);
    }

    /// <summary>For this request, by a user who was read for it already and is not disabled.</summary>
    public void Remember(User user, ClaimsPrincipal principal) => _found = CallerOf(user, LoginOf(principal));

    private Caller? CallerOf(User user, string login) =>
        user switch
        {
            { Machine: null } => new Caller(user.Id, user.Name, User.GroupsOf(user.Groups, user.ProviderGroups)) { LoginId = login },
            _ => machines.FactsOf(user) is { } facts ? new Caller(user.Id, user.Name, []) { LoginId = login, Machine = facts } : null,
        };

    private static string LoginOf(ClaimsPrincipal principal) =>
        BrowserCookies.LoginOf(principal) ?? principal.GetAuthorizationId() ?? principal.FindFirstValue(PluginLogins.Claim) ?? "";
}
