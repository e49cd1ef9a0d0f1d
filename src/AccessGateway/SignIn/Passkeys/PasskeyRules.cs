namespace AccessGateway.SignIn;

using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

/// <summary>What counts as a passkey here. It is a whole sign-in: the authenticator must have verified its user, by PIN or biometrics.</summary>
internal sealed class PasskeyRules(IOptions<GatewayOptions> gateway) : IConfigureOptions<IdentityPasskeyOptions>
{
    private readonly Uri _public = new(gateway.Value.PublicUrl);

    /// <summary>Browsers know no passkeys for an address without a name.</summary>
    public bool ArePossible => !IPAddress.TryParse(_public.Host.Trim('[', ']'), out _);

    public void Configure(IdentityPasskeyOptions options)
    {
        var origin = _public.GetLeftPart(UriPartial.Authority);
        options.ServerDomain = _public.Host;
        options.UserVerificationRequirement = "required";
        options.ResidentKeyRequirement = "required";
        options.AttestationConveyancePreference = "none";
        options.AuthenticatorTimeout = PasskeyChallenges.Lifetime;
        // The public address, whatever a request's headers say; never inside a frame of somebody else's page.
        options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && string.Equals(context.Origin, origin, StringComparison.Ordinal));
    }
}
