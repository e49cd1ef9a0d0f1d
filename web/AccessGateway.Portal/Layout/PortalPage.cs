namespace AccessGateway.Portal.Layout;

using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

/// <summary>
/// What pages share: who is signed in, the posted form, where to go next. A page loads what it shows in <see cref="LoadAsync"/>, one
/// query after the other, because they share the request's DbContext.
/// </summary>
public abstract class PortalPage : ComponentBase
{
    [CascadingParameter]
    private protected HttpContext Context { get; set; } = default!;

    [Inject]
    private protected NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private protected TimeProvider Clock { get; set; } = default!;

    [Inject]
    private protected Callers Callers { get; set; } = default!;

    [Inject]
    private protected StepUpForms StepUps { get; set; } = default!;

    /// <summary>Who is signed in. The authorization of the route has found them before; each service checks again what they may.</summary>
    private protected Caller Caller { get; private set; } = default!;

    private protected DateTimeOffset Now { get; private set; }

    private protected CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Why the posted form was refused.</summary>
    private protected FormProblem? Problem { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Now = Clock.GetUtcNow();
        Caller = await Callers.FindAsync(Context.User, Aborted) ?? throw new BadHttpRequestException("Nobody is signed in.", StatusCodes.Status401Unauthorized);
        await LoadAsync();
    }

    private protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <summary>A field of the posted form as it was sent; empty where it is missing or this is no post.</summary>
    private protected string Posted(string name) => Context.PostedField(name);

    /// <summary>A field of the posted form, else what it should begin with.</summary>
    private protected string PostedOr(string name, string? otherwise) =>
        HttpMethods.IsPost(Context.Request.Method) ? Posted(name) : otherwise ?? "";

    /// <summary>Makes a proof of what the posted form's step-up brought; none where it brought nothing.</summary>
    private protected Task<Outcome<StepUpAnswer>> ProveAsync(string action) => StepUps.ProveAsync(Caller, action, StepUpFields.Of(Context.Request.Form), Aborted);

    private protected void NotFound() => Context.AnswerNotFound();

    /// <summary>Shows a refusal on this page, and loads anew what may have changed meanwhile.</summary>
    private protected async Task RefuseAsync(Refusal refusal)
    {
        Problem = FormProblem.Of(refusal);
        Context.AnswerRefused(refusal);
        await LoadAsync();
    }
}
