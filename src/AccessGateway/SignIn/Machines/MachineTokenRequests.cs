namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>Looks at token requests of machine clients before OpenIddict does. Whatever is wrong gets one and the same answer.</summary>
internal sealed class MachineTokenRequests(ClientAssertions assertions) : IOpenIddictServerHandler<OpenIddictServerEvents.ValidateTokenRequestContext>
{
    public async ValueTask HandleAsync(OpenIddictServerEvents.ValidateTokenRequestContext context)
    {
        var request = context.Request;
        var asserts = !string.IsNullOrEmpty(request.ClientAssertion) || !string.IsNullOrEmpty(request.ClientAssertionType);
        if (!asserts && !request.IsClientCredentialsGrantType())
            return;
        var wellFormed = request.IsClientCredentialsGrantType() && request.ClientAssertionType == OAuth.JwtBearerAssertion && string.IsNullOrEmpty(request.ClientSecret);
        if (!wellFormed || await assertions.TakeAsync(request.ClientId, request.ClientAssertion, context.CancellationToken) is not { } client)
        {
            context.Reject(Errors.InvalidClient, "The client is unknown, or its assertion does not count.");
            return;
        }

        request.ClientId = client.Name;
    }
}
