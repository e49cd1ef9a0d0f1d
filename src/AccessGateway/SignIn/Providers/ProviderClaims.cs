namespace AccessGateway.SignIn;

using System.Security.Claims;
using System.Text;
using AccessGateway.Documents;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>What counts of a provider's claims, after OpenIddict has validated the tokens that carry them.</summary>
internal sealed record ProviderClaims(string Subject, string UserName, IReadOnlyList<string> Groups, bool HasMfa)
{
    /// <summary>The address, where the provider says that it is verified; else null.</summary>
    public string? Email { get; init; }

    private const string DistributedClaims = "_claim_names";

    /// <summary>Reads them, or says why they will not do.</summary>
    /// <param name="identityToken">The validated ID token.</param>
    /// <param name="all">The same with what the user-info endpoint added, where it was asked.</param>
    public static (ProviderClaims? Claims, ProviderProblem? Problem) Read(Provider provider, ClaimsPrincipal identityToken, ClaimsPrincipal all, DateTimeOffset now)
    {
        if (One(identityToken, Claims.Subject) is not { Length: > 0 and <= ProviderIdentity.MaxSubject } subject || !IsPrintable(subject))
            return (null, ProviderProblem.NotTrusted);
        if (!IsCurrent(identityToken, now))
            return (null, ProviderProblem.Clock);

        var (name, problem) = UserNameOf(provider, all);
        if (name is null)
            return (null, problem);
        var (groups, groupProblem) = ReadGroups(provider, all);
        return groups is null ? (null, groupProblem) : (new ProviderClaims(subject, name, groups, ShowsMfa(provider, identityToken, now)) { Email = EmailOf(all) }, null);
    }

    /// <summary>Whether an ID token is valid at this moment. OpenIddict's client leaves the times of one that came over the back channel alone.</summary>
    public static bool IsCurrent(ClaimsPrincipal identityToken, DateTimeOffset now) =>
        Instant(identityToken, Claims.ExpiresAt) > now - Provider.ClockSkew
        && Instant(identityToken, Claims.IssuedAt) <= now + Provider.ClockSkew
        && (One(identityToken, Claims.NotBefore) is null || Instant(identityToken, Claims.NotBefore) <= now + Provider.ClockSkew);

    /// <summary>The gateway's groups; what is not mapped does not count.</summary>
    public static (IReadOnlyList<string>? Groups, ProviderProblem? Problem) ReadGroups(Provider provider, ClaimsPrincipal all)
    {
        if (HasTooManyGroups(provider, all))
            return (null, ProviderProblem.TooManyGroups);
        var groups = all.GetClaims(provider.Options.Groups.Claim).SelectMany(group => provider.Groups[group]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return groups.Count == 0 && provider.Options.Groups.Required ? (null, ProviderProblem.NoGroup) : (groups, null);
    }

    private static (string? Name, ProviderProblem? Problem) UserNameOf(Provider provider, ClaimsPrincipal all)
    {
        var options = provider.Options.UserName;
        // Beyond ASCII, lower case may turn one letter into another: the Kelvin sign becomes a k.
        if (One(all, options.Claim) is not { Length: > 0 and < 256 } value || !Ascii.IsValid(value))
            return (null, ProviderProblem.NoUserName);
        if (options.Claim == Claims.Email && !HasVerifiedEmail(all))
            return (null, ProviderProblem.NoUserName);

        var name = value.ToLowerInvariant();
        if (options.Domain.Length > 0)
        {
            var domain = $"@{options.Domain.ToLowerInvariant()}";
            if (!name.EndsWith(domain, StringComparison.Ordinal) || name.IndexOf('@', StringComparison.Ordinal) != name.Length - domain.Length)
                return (null, ProviderProblem.NotAllowed);
            if (options.StripDomain)
                name = name[..^domain.Length];
        }

        // The prefix begins every name, so that an empty rest cannot make the prefix itself a name.
        if (name.Length == 0 || Names.PersonProblem(options.Prefix + name) is not null)
            return (null, ProviderProblem.NoUserName);
        name = options.Prefix + name;
        return provider.Pattern?.IsMatch(name) == false ? (null, ProviderProblem.NotAllowed) : (name, null);
    }

    private static bool HasVerifiedEmail(ClaimsPrincipal all) => string.Equals(One(all, Claims.EmailVerified), "true", StringComparison.OrdinalIgnoreCase);

    private static string? EmailOf(ClaimsPrincipal all) => HasVerifiedEmail(all) && One(all, Claims.Email) is { } address && Names.EmailProblem(address) is null ? address : null;

    /// <summary>Whether the provider did MFA, of a kind that the settings take, and lately enough.</summary>
    private static bool ShowsMfa(Provider provider, ClaimsPrincipal identityToken, DateTimeOffset now)
    {
        if (provider.Options.Mfa.By != ProviderMfaOptions.Provider)
            return false;
        if (provider.Acr.Count > 0 && !provider.Acr.Contains(One(identityToken, Claims.AuthenticationContextReference) ?? ""))
            return false;
        if (provider.Amr.Count > 0 && !identityToken.GetClaims(Claims.AuthenticationMethodReference).Any(provider.Amr.Contains))
            return false;
        return provider.MaxAge is not { } maxAge || Instant(identityToken, Claims.AuthenticationTime) + maxAge + Provider.ClockSkew >= now;
    }

    /// <summary>Entra ID, for one, puts a pointer in place of more than 200 groups (OpenID Connect Core 1.0, 5.6.2).</summary>
    private static bool HasTooManyGroups(Provider provider, ClaimsPrincipal all) =>
        all.GetClaims(DistributedClaims).Any(names => names.Contains($"\"{provider.Options.Groups.Claim}\"", StringComparison.Ordinal));

    /// <summary>A claim's one value; null where there is none, or several that differ.</summary>
    private static string? One(ClaimsPrincipal principal, string claim) =>
        principal.FindAll(claim).Select(found => found.Value).Distinct(StringComparer.Ordinal).Take(2).ToList() is [var value] ? value : null;

    private static DateTimeOffset? Instant(ClaimsPrincipal principal, string claim) =>
        long.TryParse(One(principal, claim), out var seconds) && seconds is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static bool IsPrintable(string subject) => subject.All(c => c is > ' ' and <= '~');
}
