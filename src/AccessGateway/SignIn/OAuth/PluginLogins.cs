namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

/// <summary>Log-ins of the plugin, as their owners allow or deny them, and as the plugin redeems them.</summary>
internal sealed class PluginLogins(GatewayDbContext db, StepUps stepUps, StepUpForms forms, Logins logins, LoginLimits limits, AuditLog audit, TimeProvider clock)
{
    /// <summary>The claim by which every code and token names its <see cref="PluginLogin"/>.</summary>
    public const string Claim = "plugin_login";

    /// <summary>Notes that its owner allowed a login; the plugin still has to redeem its code.</summary>
    public async Task<PluginLogin> AllowAsync(Caller caller, string how, string? device, string address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var login = new PluginLogin { Id = Identifier.New("pl"), UserId = caller.UserId, CreatedAt = now, LastSeenAt = now, Address = address, Device = DeviceName(device), How = how };
        db.PluginLogins.Add(login);
        audit.Add(AuditEvents.LoginAuthorized, caller.Name, concerns: caller.Name, details: [("by", how), ("login", login.Id), ("device", login.Device), ("address", address)]);
        await db.SaveChangesAsync(cancellationToken);
        return login;
    }

    public async Task NoteDeniedAsync(Caller caller, CancellationToken cancellationToken)
    {
        audit.Add(AuditEvents.LoginDenied, caller.Name, concerns: caller.Name);
        await db.SaveChangesAsync(cancellationToken);
    }

    public static string StepUpAction(string userCode) => $"device:{userCode}";

    /// <summary>A device log-in is confirmed with fresh MFA: its code may have come from somebody else. Null where it is.</summary>
    public async Task<Refusal?> ConfirmDeviceAsync(Caller caller, string userCode, StepUpFields fields, CancellationToken cancellationToken)
    {
        var action = StepUpAction(userCode);
        var proven = await forms.ProveAsync(caller, action, fields, cancellationToken);
        if (!proven.Is(out var proof, out var refusal))
            return refusal;
        return await stepUps.SpendAsync(caller, action, proof.Proof, StepUpRequirement.Fresh, cancellationToken);
    }

    /// <summary>
    /// Takes a code or refresh token that OpenIddict has found valid: once, while the login counts. OpenIddict looks first and
    /// writes later, so that of two that come at once both would pass; here one wins, and the other ends the login.
    /// </summary>
    public async Task<bool> RedeemAsync(ClaimsPrincipal principal, string address, CancellationToken cancellationToken)
    {
        var (id, user, token, authorization) = (
            principal.GetClaim(Claim), principal.GetClaim(OpenIddictConstants.Claims.Subject), principal.GetTokenId(), principal.GetAuthorizationId());
        if (id is null || user is null || token is null || authorization is null)
            return false;
        var now = clock.GetUtcNow();
        var (idleSince, bornAfter) = (now - limits.PluginIdle, now - limits.PluginAbsolute);
        var taken = await db.PluginLogins
            .Where(row => row.Id == id && row.UserId == user && row.EndedAt == null && row.LastSeenAt > idleSince && row.CreatedAt > bornAfter && row.LastRedeemed != token)
            .Where(row => db.Users.Any(owner => owner.Id == row.UserId && !owner.Disabled))
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LastRedeemed, token).SetProperty(row => row.AuthorizationId, authorization)
                    .SetProperty(row => row.LastSeenAt, now).SetProperty(row => row.SeenFrom, address),
                cancellationToken);
        if (taken == 0 && await db.PluginLogins.AnyAsync(row => row.Id == id && row.LastRedeemed == token, cancellationToken))
            await logins.EndReusedAsync(id, cancellationToken);
        return taken == 1;
    }

    /// <summary>What the plugin says its host is called, cut to what a host's name can be.</summary>
    public static string? DeviceName(string? given)
    {
        var name = new string([.. (given ?? "").Trim().Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_').Take(PluginLogin.MaxDevice)]);
        return name.Length == 0 ? null : name;
    }
}
