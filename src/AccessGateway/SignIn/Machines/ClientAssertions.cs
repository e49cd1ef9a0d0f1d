namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using System.Text;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>
/// Checks the assertion with which a machine client proves who it is (RFC 7523, 3), against the keys of its document. It stands in
/// front of OpenIddict's own check: what is wrong is said to log and audit log alone, and a client that is not there costs as much work as a
/// wrong signature.
/// </summary>
internal sealed class ClientAssertions(
    GatewayDbContext db, GatewayDocuments documents, IOptions<GatewayOptions> gateway, MachineRefusals refusals, TimeProvider clock)
{
    public const int MaxLength = 4096;

    /// <summary>How far ahead an assertion may end: so long each one's id is remembered.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(5);

    private const int MaxId = 200;

    /// <summary>For clocks of clients that are a little ahead.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };

    /// <summary>The keys that stand in for those of a client that is not there.</summary>
    private static readonly IReadOnlyList<JsonWebKey> Nobodys = NobodysKeys();

    /// <param name="clientId">As the request names the client; may be missing, for the assertion does too.</param>
    /// <param name="address">Where the request came from.</param>
    /// <returns>The client, where its assertion counts; null where it does not.</returns>
    public async Task<MachineClient?> TakeAsync(string? clientId, string? assertion, string address, CancellationToken cancellationToken)
    {
        if (TryRead(assertion) is not { } token)
            return Refuse(documents.MachineClient(clientId ?? ""), MachineRefusal.NoAssertion, address);
        var client = documents.MachineClient(token.Issuer);
        var problem = await ProblemAsync(token, clientId, client?.Keys ?? Nobodys);
        if (client is null || problem is not null)
            return Refuse(client, client is null ? MachineRefusal.UnknownClient : problem!, address);
        return await SpendAsync(client, token, cancellationToken) ? client : Refuse(client, MachineRefusal.UsedBefore, address);
    }

    /// <summary>Notes a request that says it is a client's and is none.</summary>
    public void NoteMalformed(string? clientId, string address) => Refuse(documents.MachineClient(clientId ?? ""), MachineRefusal.Malformed, address);

    private MachineClient? Refuse(MachineClient? client, MachineRefusal why, string address)
    {
        refusals.Note(client is null ? MachineClaim.Unknown : new MachineClaim(MachineRules.NameOf(Policy.MachineKind.Client, client.Name)), why, address);
        return null;
    }

    private static JsonWebToken? TryRead(string? assertion)
    {
        if (assertion is not { Length: > 0 and <= MaxLength })
            return null;
        try
        {
            return new JsonWebToken(assertion);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return null;
        }
    }

    private async Task<MachineRefusal?> ProblemAsync(JsonWebToken token, string? clientId, IReadOnlyList<JsonWebKey> keys)
    {
        var usable = keys.Where(key => MachineKeys.Fits(key, token.Alg) && (string.IsNullOrEmpty(token.Kid) || token.Kid == key.Kid)).ToList();
        var signed = false;
        foreach (var key in usable.Count > 0 ? usable : Nobodys)
            signed |= (await Handler.ValidateTokenAsync(token, ParametersFor(key))).IsValid && usable.Count > 0;
        return !MachineKeys.Algorithms.Contains(token.Alg) ? MachineRefusal.Algorithm
            : usable.Count == 0 ? MachineRefusal.NoKey
            : !signed ? MachineRefusal.Signature
            : token.Subject != token.Issuer || (!string.IsNullOrEmpty(clientId) && clientId != token.Issuer) ? MachineRefusal.Parties
            : TimeProblem(token)
            ?? (token.Id is { Length: > 0 and <= MaxId } ? null : MachineRefusal.NoId);
    }

    private TokenValidationParameters ParametersFor(JsonWebKey key)
    {
        var issuer = gateway.Value.PublicUrl.TrimEnd('/');
        return new()
        {
            IssuerSigningKey = key,
            ValidAlgorithms = MachineKeys.Algorithms,
            // As draft-ietf-oauth-rfc7523bis has it, and OpenIddict demands: a type of its own, and the issuer as audience.
            ValidTypes = ["client-authentication+jwt"],
            ValidAudiences = [issuer, $"{issuer}/"],
            ValidateIssuer = false,
            // Below, by our own clock.
            ValidateLifetime = false,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = true,
        };
    }

    private MachineRefusal? TimeProblem(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<long>("exp", out var seconds))
            return MachineRefusal.NoEnd;
        var now = clock.GetUtcNow();
        return seconds <= now.ToUnixTimeSeconds() ? MachineRefusal.RunOut
            : seconds > (now + LongestLife + Skew).ToUnixTimeSeconds() ? MachineRefusal.TooFarAhead
            : Begins(token, "nbf") > now + Skew || Begins(token, "iat") > now + Skew ? MachineRefusal.NotYet
            : null;
    }

    private static DateTimeOffset? Begins(JsonWebToken token, string claim) =>
        !token.TryGetPayloadValue<long>(claim, out var seconds) ? null
        : seconds is >= 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : DateTimeOffset.MaxValue;

    private async Task<bool> SpendAsync(MachineClient client, JsonWebToken token, CancellationToken cancellationToken)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"assertion\0{client.Name}\0{token.Id}"));
        var until = (clock.GetUtcNow() + LongestLife + (2 * Skew)).UtcTicks;
        return await db.Database.ExecuteSqlAsync($"""INSERT INTO "SpentChallenges" ("Hash", "ExpiresAt") VALUES ({hash}, {until}) ON CONFLICT DO NOTHING""", cancellationToken) == 1;
    }

    private static JsonWebKey[] NobodysKeys()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(MachineKeys.LeastRsaBits);
        return [MachineKeys.FromPem(ecdsa.ExportSubjectPublicKeyInfoPem()).Key!, MachineKeys.FromPem(rsa.ExportSubjectPublicKeyInfoPem()).Key!];
    }
}
