namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

/// <summary>Demands that the principal is a user who is not disabled at this moment.</summary>
internal sealed class ActiveUserRequirement : IAuthorizationRequirement;

/// <summary>Looks the user up, once a request.</summary>
internal sealed class ActiveUserHandler(Callers callers, IHttpContextAccessor http) : AuthorizationHandler<ActiveUserRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, ActiveUserRequirement requirement)
    {
        if (await callers.FindAsync(context.User, http.HttpContext?.RequestAborted ?? CancellationToken.None) is not null)
            context.Succeed(requirement);
    }
}

/// <summary>Answers calls of the API that are not authorized with problem+json; everything else as ASP.NET Core does.</summary>
internal sealed class ApiAuthorizationResults : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _default = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded || !context.Request.Path.StartsWithSegments("/api"))
        {
            await _default.HandleAsync(next, context, policy, authorizeResult);
            return;
        }

        if (authorizeResult.AuthorizationFailure?.FailedRequirements is { } failed && failed.All(requirement => requirement is MachineRequirement) && failed.Any())
        {
            await ProblemResults.Of(MachineAccess.Refused).ExecuteAsync(context);
            return;
        }

        // No user, an ended login and a disabled user look the same from outside.
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        await ProblemResults.Of(
            StatusCodes.Status401Unauthorized, ProblemCodes.Unauthenticated, "Sign in: the access token is missing, has expired, or does not count any more.", "Not signed in").ExecuteAsync(context);
    }
}
