namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>What a factor is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FactorKind>))]
public enum FactorKind
{
    /// <summary>An authenticator that shows time-based codes.</summary>
    Totp,

    /// <summary>A passkey.</summary>
    Passkey,
}

/// <summary>One enrolled factor of the caller.</summary>
/// <param name="Id"><c>tf-…</c> or <c>pk-…</c>.</param>
/// <param name="LastUsedAt">Null until its first use.</param>
public sealed record FactorView(string Id, FactorKind Kind, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

/// <summary>The caller's factors: <c>GET /api/v1/me/factors</c>.</summary>
/// <param name="RecoveryCodesLeft">Of ten.</param>
public sealed record FactorList(IReadOnlyList<FactorView> Items, int RecoveryCodesLeft);

/// <summary>Begins to add an authenticator: <c>POST /api/v1/me/factors</c>. Needs a step-up for <c>factor:add-totp</c>.</summary>
public sealed record AddFactor
{
    /// <summary><see cref="FactorKind.Totp"/>: a passkey is added in a browser, on the portal's page Security.</summary>
    public required FactorKind Kind { get; init; }

    /// <summary>1 to 50 characters.</summary>
    public required string Name { get; init; }
}

/// <summary>An authenticator on offer: it counts once <c>POST /api/v1/me/factors/confirm</c> brings a code of it, by the same login.</summary>
/// <param name="Secret">160 bits in Base32; shown now and never again.</param>
/// <param name="Uri">The same as <c>otpauth://</c> address, for a QR code.</param>
public sealed record TotpOfferView(string Secret, string Uri, DateTimeOffset ExpiresAt);

/// <summary>Confirms the authenticator on offer: <c>POST /api/v1/me/factors/confirm</c>.</summary>
public sealed record ConfirmFactor
{
    /// <summary>Six digits that the new authenticator shows.</summary>
    public required string Code { get; init; }
}

/// <summary>Gives a factor another name: <c>POST /api/v1/me/factors/{id}/rename</c>. Needs a step-up for <c>factor:rename-{id}</c>.</summary>
public sealed record RenameFactor
{
    /// <summary>1 to 50 characters.</summary>
    public required string Name { get; init; }
}

/// <summary>Ten new recovery codes, shown now and never again; the old ones are void: <c>POST /api/v1/me/recovery-codes</c>. Needs a
/// step-up for <c>factor:recovery-codes</c>.</summary>
public sealed record RecoveryCodesAnswer(IReadOnlyList<string> Codes);
