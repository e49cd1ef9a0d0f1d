namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Contracts;

/// <summary>What happens to somebody's factors is audited and they are told, in the transaction that does it: never one without the other.</summary>
internal sealed class FactorTrail(AuditLog audit, Notices notices)
{
    private const string NotYou = "If that was not you, tell an administrator of the gateway at once.";

    public void Enrolled(Caller caller, FactorView factor) =>
        Note(AuditEvents.FactorEnrolled, caller, factor, $"{Words(factor.Kind)} '{factor.Name}' was added to your account. {NotYou}");

    public void Renamed(Caller caller, FactorView factor, string name)
    {
        audit.Add(AuditEvents.FactorRenamed, caller.Name, concerns: caller.Name, details: [("factor", Kind(factor)), ("id", factor.Id), ("name", name), ("before", factor.Name)]);
        notices.Tell(caller.UserId, $"{Words(factor.Kind)} '{factor.Name}' is called '{name}' now. {NotYou}");
    }

    public void Removed(Caller caller, FactorView factor) =>
        Note(AuditEvents.FactorRemoved, caller, factor, $"{Words(factor.Kind)} '{factor.Name}' was removed from your account. {NotYou}");

    public void RecoveryCodesReplaced(Caller caller)
    {
        audit.Add(AuditEvents.RecoveryCodesReplaced, caller.Name, concerns: caller.Name);
        notices.Tell(caller.UserId, $"Ten new recovery codes were made; the old ones are void. {NotYou}");
    }

    /// <param name="left">How many unused ones remain.</param>
    public void RecoveryCodeUsed(User user, int left)
    {
        audit.Add(AuditEvents.RecoveryCodeUsed, user.Name, concerns: user.Name, details: ("left", left.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        notices.Tell(user.Id, $"One of your recovery codes was used. {Left(left)} {NotYou}");
    }

    /// <summary>A passkey's counter did not grow: there may be a copy of it. WebAuthn level 3, 7.2, step 22.</summary>
    public void CounterFell(User user, Passkey passkey, long seen)
    {
        audit.Add(
            AuditEvents.PasskeyCounterFell, user.Name, concerns: user.Name,
            details: [("id", passkey.Id), ("name", passkey.Name), ("stored", Number(passkey.SignCount)), ("seen", Number(seen))]);
        notices.Tell(user.Id, $"The passkey '{passkey.Name}' was refused: its counter went back, as that of a copy would. Remove it, unless you know why. {NotYou}");
    }

    private void Note(string type, Caller caller, FactorView factor, string text)
    {
        audit.Add(type, caller.Name, concerns: caller.Name, details: [("factor", Kind(factor)), ("id", factor.Id), ("name", factor.Name)]);
        notices.Tell(caller.UserId, text);
    }

    private static string Left(int left) => left switch
    {
        0 => "None is left: make new ones.",
        1 => "One is left: make new ones.",
        _ => $"{Number(left)} are left.",
    };

    private static string Number(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Kind(FactorView factor) => factor.Kind == FactorKind.Totp ? StepUpMethods.Totp : StepUpMethods.Passkey;

    private static string Words(FactorKind kind) => kind == FactorKind.Totp ? "The authenticator" : "The passkey";
}
