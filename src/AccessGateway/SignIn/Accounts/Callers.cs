namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

/// <summary>Finds out who calls: from the authenticated principal only the ids of user and login are taken, the rest from the database.</summary>
internal sealed class Callers(GatewayDbContext db)
{
    private Caller? _found;

    /// <summary>Null where the principal is nobody's, or somebody's who is disabled by now.</summary>
    public async Task<Caller?> FindAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        var id = principal.FindFirstValue(OpenIddictConstants.Claims.Subject);
        if (id is null)
            return null;
        var login = BrowserCookies.LoginOf(principal) ?? principal.GetAuthorizationId() ?? "";
        if (_found?.UserId == id && _found.LoginId == login)
            return _found;
        return _found = await db.Users.AsNoTracking()
            .Where(user => user.Id == id && !user.Disabled)
            .Select(user => new Caller(user.Id, user.Name, User.GroupsOf(user.Groups, user.ProviderGroups)) { LoginId = login })
            .SingleOrDefaultAsync(cancellationToken);
    }
}
