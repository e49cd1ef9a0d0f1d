namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Step-up in a browser for a plugin, which cannot speak to a passkey: the plugin asks, its person proves themselves on the page, the
/// plugin takes the proof. Only the same user can, and the proof counts for the asking login alone.
/// </summary>
internal sealed partial class StepUpPrompts(GatewayDbContext db, StepUps stepUps, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("No step-up waits under this reference: it was answered, or two minutes have passed. Start again.");

    /// <summary>The action that the person proves themselves for: of this very prompt.</summary>
    public static string ActionOf(string reference) => $"prompt:{reference}";

    /// <param name="client">The program that asks.</param>
    public async Task<Outcome<StepUpPrompt>> StartAsync(Caller caller, StartBrowserStepUp asked, string client, string address, CancellationToken cancellationToken)
    {
        if (StepUps.ActionProblem(asked.Action) is { } problem)
            return problem;
        var methods = asked.Methods?.Where(StepUpMethods.Factors.Contains).Distinct(StringComparer.Ordinal).ToList() ?? [.. StepUpMethods.Factors];
        if (methods.Count == 0)
            return new Refusal.Invalid("methods", $"must name some of {string.Join(", ", StepUpMethods.Factors)}.");
        if (caller.LoginId.Length == 0)
            return new Refusal.Forbidden("This login cannot be told from others; log in again.");

        var now = clock.GetUtcNow();
        var letters = RandomNumberGenerator.GetString(OAuthServer.UserCodeAlphabet, 8);
        var prompt = new StepUpPrompt
        {
            LoginId = caller.LoginId,
            Reference = $"{letters[..4]}-{letters[4..]}",
            UserId = caller.UserId,
            Action = asked.Action,
            Methods = methods,
            Client = client,
            Address = address,
            CreatedAt = now,
            ExpiresAt = now + StepUpPrompt.Lifetime,
            State = StepUpPromptState.Open,
        };
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.StepUpPrompts.Where(row => row.LoginId == caller.LoginId).ExecuteDeleteAsync(cancellationToken);
        db.StepUpPrompts.Add(prompt);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return prompt;
    }

    /// <summary>An open prompt of the user's own, for the page.</summary>
    public async Task<Outcome<StepUpPrompt>> FindAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        reference = reference.Trim().ToUpperInvariant();
        if (!Reference().IsMatch(reference))
            return Unknown;
        var prompt = await db.StepUpPrompts.AsNoTracking().SingleOrDefaultAsync(
            row => row.UserId == caller.UserId && row.Reference == reference && row.State == StepUpPromptState.Open && row.ExpiresAt > now, cancellationToken);
        return prompt is null ? Unknown : prompt;
    }

    /// <summary>The person says yes.</summary>
    /// <param name="proof">A step-up proof of the browser's for <see cref="ActionOf"/>.</param>
    public async Task<Outcome<StepUpPrompt>> AllowAsync(Caller caller, string reference, string? proof, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(caller, reference, cancellationToken)).Is(out var prompt, out var unknown))
            return unknown;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, ActionOf(prompt.Reference), proof, StepUpRequirement.Fresh with { Methods = prompt.Methods }, cancellationToken) is { } refusal)
            return refusal;
        var method = await stepUps.MethodOfAsync(proof!, cancellationToken);
        var now = clock.GetUtcNow();
        var proven = await Open(prompt).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.State, StepUpPromptState.Proven).SetProperty(row => row.Method, method)
                .SetProperty(row => row.ProvenAt, now).SetProperty(row => row.ExpiresAt, now + StepUpProof.Lifetime),
            cancellationToken);
        if (proven == 0)
            return Unknown;
        await transaction.CommitAsync(cancellationToken);
        return prompt;
    }

    /// <summary>The person says no.</summary>
    public async Task<Outcome<StepUpPrompt>> DenyAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(caller, reference, cancellationToken)).Is(out var prompt, out var unknown))
            return unknown;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await Open(prompt).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, StepUpPromptState.Denied), cancellationToken) == 0)
            return Unknown;
        stepUps.Note(passed: false, caller, prompt.Action, "denied");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return prompt;
    }

    /// <summary>The login that asked takes its proof, once.</summary>
    public async Task<Outcome<StepUpResponse>> TakeAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        if (!Reference().IsMatch(reference))
            return Unknown;
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var taken = await db.StepUpPrompts
            .Where(row => row.LoginId == caller.LoginId && row.UserId == caller.UserId && row.Reference == reference && row.State == StepUpPromptState.Proven && row.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, StepUpPromptState.Taken), cancellationToken);
        var prompt = await db.StepUpPrompts.AsNoTracking().SingleOrDefaultAsync(
            row => row.LoginId == caller.LoginId && row.UserId == caller.UserId && row.Reference == reference && row.ExpiresAt > now, cancellationToken);
        switch (prompt)
        {
            case { State: StepUpPromptState.Open }:
                return new Refusal.Conflict("The person has not answered yet.", ProblemCodes.StepUpPending);
            case { State: StepUpPromptState.Denied }:
                return new Refusal.Forbidden("The person said no.", ProblemCodes.StepUpDenied);
            case { State: StepUpPromptState.Taken, Method: { } method, ProvenAt: { } at } when taken == 1:
                var proof = stepUps.Issue(caller, prompt.Action, method, at);
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return proof;
            default:
                return Unknown;
        }
    }

    private IQueryable<StepUpPrompt> Open(StepUpPrompt prompt) =>
        db.StepUpPrompts.Where(row => row.LoginId == prompt.LoginId && row.Reference == prompt.Reference && row.State == StepUpPromptState.Open);

    [GeneratedRegex(@"\A[A-Z]{4}-[A-Z]{4}\z")]
    private static partial Regex Reference();
}
