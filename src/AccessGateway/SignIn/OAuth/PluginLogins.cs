namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;

/// <summary>Log-ins of the plugin, as their owners allow or deny them.</summary>
internal sealed class PluginLogins(GatewayDbContext db, StepUps stepUps, StepUpForms forms, AuditLog audit)
{
    public Task NoteAuthorizedAsync(Caller caller, string how, CancellationToken cancellationToken) => NoteAsync(AuditEvents.LoginAuthorized, caller, how, cancellationToken);

    public Task NoteDeniedAsync(Caller caller, CancellationToken cancellationToken) => NoteAsync(AuditEvents.LoginDenied, caller, how: null, cancellationToken);

    public static string StepUpAction(string userCode) => $"device:{userCode}";

    /// <summary>A device log-in is confirmed with fresh MFA: its code may have come from somebody else. Null where it is.</summary>
    public async Task<Refusal?> ConfirmDeviceAsync(Caller caller, string userCode, StepUpFields fields, CancellationToken cancellationToken)
    {
        var action = StepUpAction(userCode);
        var proven = await forms.ProveAsync(caller, action, fields, cancellationToken);
        if (!proven.Is(out var proof, out var refusal))
            return refusal;
        if (await stepUps.SpendAsync(caller, action, proof.Proof, StepUpRequirement.Fresh, cancellationToken) is { } spent)
            return spent;
        await NoteAuthorizedAsync(caller, "device", cancellationToken);
        return null;
    }

    private async Task NoteAsync(string type, Caller caller, string? how, CancellationToken cancellationToken)
    {
        audit.Add(type, caller.Name, concerns: caller.Name, details: ("by", how));
        await db.SaveChangesAsync(cancellationToken);
    }
}
