namespace AccessGateway.Testing;

using AccessGateway.SignIn;
using OtpNet;

/// <summary>An enrolled user whose authenticator the test holds.</summary>
internal sealed record TestUser(Caller Caller, byte[] TotpSecret, string Password)
{
    public string Name => Caller.Name;

    /// <summary>The code that the authenticator shows at an instant.</summary>
    public string CodeAt(DateTimeOffset now) => new Totp(TotpSecret).ComputeTotp(now.UtcDateTime);
}
