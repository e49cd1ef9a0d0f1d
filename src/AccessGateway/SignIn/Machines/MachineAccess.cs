namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

/// <summary>What machines may call. An endpoint that does not say so is not for them.</summary>
internal static class MachineAccess
{
    public static readonly Refusal.Forbidden Refused = new("Machines ask for access and use it; this is for people.", ProblemCodes.NotForMachines);

    public static TBuilder AllowMachines<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(Allowed.Instance);

    /// <summary>A machine has no factor: what it may do it does without a step-up, and nothing else that would need one.</summary>
    public static Refusal? StepUpProblem(string action) => StepUpProof.VerbOf(action) is "activate" or "extend" ? null : Refused;

    internal sealed class Allowed
    {
        public static readonly Allowed Instance = new();
    }
}

/// <summary>Demands of a machine that the endpoint is open to machines.</summary>
internal sealed class MachineRequirement : IAuthorizationRequirement;

internal sealed class MachineRequirementHandler(Callers callers, IHttpContextAccessor http) : AuthorizationHandler<MachineRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, MachineRequirement requirement)
    {
        var caller = await callers.FindAsync(context.User, http.HttpContext?.RequestAborted ?? CancellationToken.None);
        if (caller is { Machine: null } || (caller is not null && http.HttpContext?.GetEndpoint()?.Metadata.GetMetadata<MachineAccess.Allowed>() is not null))
            context.Succeed(requirement);
    }
}
