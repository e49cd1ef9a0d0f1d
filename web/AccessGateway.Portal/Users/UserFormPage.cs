namespace AccessGateway.Portal.Users;

using AccessGateway.Contracts;
using AccessGateway.Portal.Layout;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Components;

/// <summary>What the pages that change accounts share: each change is proven with fresh MFA.</summary>
public abstract class UserFormPage : PortalPage
{
    [Inject]
    private protected UserAdministration Administration { get; set; } = default!;

    /// <summary>The link that the posted form made; it is shown in the answer to it, and nowhere else.</summary>
    private protected Invitation? Invitation { get; set; }

    /// <summary>Groups as people type them.</summary>
    private protected string[] PostedGroups => Posted("groups").Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Asks first without a proof: where the change is not possible anyway, no code is spent on it.</summary>
    private protected async Task<Outcome<T>> ProvenAsync<T>(string name, Func<string?, Task<Outcome<T>>> change)
        where T : class
    {
        var asked = await change(null);
        if (asked.Is(out _, out var refusal) || refusal is not Refusal.StepUpRequired)
            return asked;
        if (!(await ProveAsync(StepUpActions.User(name))).Is(out var answer, out refusal))
            return refusal;
        return answer.Proof is { } proof ? await change(proof) : asked;
    }
}
