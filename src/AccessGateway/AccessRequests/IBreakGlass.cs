namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>Submissions that are grants at once. Declared here and implemented in Grants, because references run from there to here.</summary>
internal interface IBreakGlass
{
    /// <param name="proof">A step-up proof for <see cref="StepUpActions.BreakGlass"/>.</param>
    Task<Outcome<AccessRequest>> UseAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, string? proof, CancellationToken cancellationToken);
}
