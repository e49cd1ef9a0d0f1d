namespace AccessGateway.SignIn;

using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;

/// <summary>An OpenID Connect provider, as its checked options say; what they leave out is filled in.</summary>
internal sealed class Provider
{
    /// <summary>How far the provider's clock and ours may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private static readonly string[] DefaultScopes = [OpenIddictConstants.Scopes.OpenId, OpenIddictConstants.Scopes.Profile, OpenIddictConstants.Scopes.Email];
    private static readonly string[] DefaultAlgorithms = [OpenIddictConstants.Algorithms.RsaSha256, OpenIddictConstants.Algorithms.RsaSsaPssSha256, OpenIddictConstants.Algorithms.EcdsaSha256];

    /// <exception cref="InvalidOperationException">The client secret or the CA file is empty or malformed.</exception>
    public Provider(ProviderOptions options)
    {
        Options = options;
        Issuer = new Uri(options.Authority).AbsoluteUri;
        Pattern = options.UserName.Pattern.Length > 0 ? NamePattern(options.UserName.Pattern) : null;
        Groups = options.Groups.Map.ToLookup(mapping => mapping.Provider, mapping => mapping.Gateway, StringComparer.Ordinal);
        Acr = options.Mfa.Acr.ToFrozenSet(StringComparer.Ordinal);
        Amr = options.Mfa.Amr.ToFrozenSet(StringComparer.Ordinal);
        ClientSecret = ReadSecret(options);
        CertificateAuthorities = options.CertificateAuthorityFile.Length > 0 ? ReadCertificates(options) : null;
    }

    public ProviderOptions Options { get; }

    public string Name => Options.Name;

    public string DisplayName => Options.DisplayName.Length > 0 ? Options.DisplayName : Options.Name;

    /// <summary>How identities of this provider are stored; what a token's <c>iss</c> must be.</summary>
    public string Issuer { get; }

    /// <summary>Whom the audit log names where the provider brought a change about; no user's name, because of the colon.</summary>
    public string Actor => $"provider:{Name}";

    public IEnumerable<string> Scopes => Options.Scopes.Count > 0 ? Options.Scopes : DefaultScopes;

    public IEnumerable<string> Algorithms => Options.Algorithms.Count > 0 ? Options.Algorithms : DefaultAlgorithms;

    public Regex? Pattern { get; }

    /// <summary>The gateway's groups by the provider's.</summary>
    public ILookup<string, string> Groups { get; }

    public FrozenSet<string> Acr { get; }

    public FrozenSet<string> Amr { get; }

    public TimeSpan? MaxAge => Duration(Options.Mfa.MaxAge);

    public TimeSpan RefreshEvery => Duration(Options.Refresh.Every)!.Value;

    public TimeSpan Grace => Duration(Options.Refresh.Grace) ?? TimeSpan.Zero;

    public TimeSpan SignInAgainAfter => Duration(Options.Refresh.SignInAgainAfter)!.Value;

    public string ClientSecret { get; }

    public X509Certificate2Collection? CertificateAuthorities { get; }

    /// <summary>Matches in linear time and the whole name; null where the text is no such expression.</summary>
    public static Regex? NamePattern(string pattern)
    {
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static TimeSpan? Duration(string text) => DurationText.TryParse(text, out var duration) ? duration : null;

    private static string ReadSecret(ProviderOptions options)
    {
        var secret = options.ClientSecretFile.Length > 0
            ? File.ReadAllText(options.ClientSecretFile)
            : Environment.GetEnvironmentVariable(options.ClientSecretVariable);
        return string.IsNullOrWhiteSpace(secret) ? throw new InvalidOperationException($"The client secret of the provider {options.Name} is empty.") : secret.Trim();
    }

    private static X509Certificate2Collection ReadCertificates(ProviderOptions options)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(options.CertificateAuthorityFile);
        return certificates.Count > 0 ? certificates : throw new InvalidOperationException($"{options.CertificateAuthorityFile} holds no certificate in PEM.");
    }
}

/// <summary>The providers that are on.</summary>
internal sealed class Providers(IOptions<SignInOptions> options)
{
    public IReadOnlyList<Provider> All { get; } = [.. options.Value.Providers.Where(provider => provider.Enabled).Select(provider => new Provider(provider))];

    /// <summary>Whether passwords sign in.</summary>
    public bool LocalSignIn { get; } = options.Value.LocalSignIn;

    public Provider? Find(string? name) => All.FirstOrDefault(provider => provider.Name == name);
}
