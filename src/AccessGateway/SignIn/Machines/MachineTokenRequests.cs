namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>Looks at requests of machine clients before OpenIddict does, to get a token or to give one back. Whatever is wrong gets
/// one and the same answer, and so does a client's name that comes without an assertion: which names exist is not told.</summary>
internal sealed class MachineTokenRequests(ClientAssertions assertions)
    : IOpenIddictServerHandler<OpenIddictServerEvents.ValidateTokenRequestContext>, IOpenIddictServerHandler<OpenIddictServerEvents.ValidateRevocationRequestContext>
{
    public const string Refused = "The client is unknown, or its assertion does not count.";

    public ValueTask HandleAsync(OpenIddictServerEvents.ValidateTokenRequestContext context) =>
        HandleAsync(context, context.Request, context.Request.IsClientCredentialsGrantType());

    public ValueTask HandleAsync(OpenIddictServerEvents.ValidateRevocationRequestContext context) =>
        HandleAsync(context, context.Request, isForClients: true);

    /// <param name="isForClients">Whether it is a request that a machine client may make.</param>
    private async ValueTask HandleAsync(OpenIddictServerEvents.BaseValidatingContext context, OpenIddictRequest request, bool isForClients)
    {
        var asserts = !string.IsNullOrEmpty(request.ClientAssertion) || !string.IsNullOrEmpty(request.ClientAssertionType);
        // The plugin, which is no secret, and whoever names nobody: both are OpenIddict's.
        if (!asserts && !request.IsClientCredentialsGrantType() && (request.ClientId is null or "" or OAuth.ClientId))
            return;
        var address = ClientAddress.Of(context.Transaction.GetHttpRequest()?.HttpContext);
        if (!isForClients || !asserts || request.ClientAssertionType != OAuth.JwtBearerAssertion || !string.IsNullOrEmpty(request.ClientSecret))
            assertions.NoteMalformed(request.ClientId, address);
        else if (await assertions.TakeAsync(request.ClientId, request.ClientAssertion, address, context.CancellationToken) is { } client)
        {
            request.ClientId = client.Name;
            return;
        }

        context.Reject(Errors.InvalidClient, Refused);
    }
}

/// <summary>Where machines have no business only the plugin has: every other client's name gets one and the same answer.</summary>
internal sealed class PluginAlone<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : OpenIddictServerEvents.BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request?.ClientId is { Length: > 0 } name && name != OAuth.ClientId)
            context.Reject(Errors.InvalidClient, MachineTokenRequests.Refused);
        return default;
    }
}
