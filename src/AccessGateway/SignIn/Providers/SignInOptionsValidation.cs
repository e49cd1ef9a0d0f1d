namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

/// <summary>Finds everything that is wrong in the section <c>SignIn</c>, each error with its key.</summary>
internal sealed class SignInOptionsValidation : IValidateOptions<SignInOptions>
{
    private static readonly string[] KnownAlgorithms = [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512];

    public ValidateOptionsResult Validate(string? name, SignInOptions options)
    {
        var errors = new List<string>();
        for (var i = 0; i < options.Providers.Count; i++)
            new ProviderCheck($"SignIn:Providers:{i}", options.Providers[i], errors).Run();
        Repeated(options, provider => provider.Name, "Name", errors);
        Repeated(options, provider => provider.Authority.TrimEnd('/'), "Authority", errors);
        if (!options.LocalSignIn && !options.Providers.Any(provider => provider.Enabled))
            errors.Add("SignIn:LocalSignIn is off and no provider is enabled: nobody could sign in.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Repeated(SignInOptions options, Func<ProviderOptions, string> value, string key, List<string> errors) =>
        errors.AddRange(options.Providers.GroupBy(value, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Key.Length > 0 && same.Count() > 1)
            .Select(same => $"SignIn:Providers: '{same.Key}' is the {key} of {same.Count()} providers; it must be of one."));

    /// <summary>The checks of one provider.</summary>
    private sealed class ProviderCheck(string at, ProviderOptions provider, List<string> errors)
    {
        public void Run()
        {
            if (Names.LabelProblem(provider.Name) is { } name)
                Add("Name", name);
            if (provider.DisplayName.Length > 60 || provider.DisplayName.Any(char.IsControl))
                Add("DisplayName", "must be at most 60 characters without control characters.");
            if (!Uri.TryCreate(provider.Authority, UriKind.Absolute, out var authority) || authority.Scheme != Uri.UriSchemeHttps
                || authority.UserInfo.Length + authority.Query.Length + authority.Fragment.Length > 0)
                Add("Authority", "must be an https:// address without user, query and fragment.");
            if (provider.ClientId.Length == 0)
                Add("ClientId", "must be the gateway's client id at the provider.");
            Secret();
            Readable("CertificateAuthorityFile", provider.CertificateAuthorityFile);
            if (provider.Scopes.Count > 0 && !provider.Scopes.Contains(OpenIddictConstants.Scopes.OpenId))
                Add("Scopes", "must contain openid.");
            if (provider.Algorithms.Except(KnownAlgorithms).FirstOrDefault() is { } algorithm)
                Add("Algorithms", $"'{algorithm}' is none of {string.Join(", ", KnownAlgorithms)}.");
            UserName();
            Groups();
            Mfa();
            Refresh();
        }

        private void Secret()
        {
            if (provider.ClientSecretFile.Length > 0 == provider.ClientSecretVariable.Length > 0)
                Add("ClientSecretFile", "or ClientSecretVariable must be given, one of them.");
            Readable("ClientSecretFile", provider.ClientSecretFile);
            if (provider.Enabled && provider.ClientSecretVariable.Length > 0 && string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(provider.ClientSecretVariable)))
                Add("ClientSecretVariable", $"the environment has no variable {provider.ClientSecretVariable}, or it is empty.");
        }

        private void UserName()
        {
            var options = provider.UserName;
            if (options.Claim.Length == 0)
                Add("UserName:Claim", "must name a claim.");
            if (options.StripDomain && options.Domain.Length == 0)
                Add("UserName:StripDomain", "needs UserName:Domain: without it two domains could share a name.");
            if (options.Domain.Contains('@', StringComparison.Ordinal))
                Add("UserName:Domain", "must be the part after the @.");
            if (options.Prefix.Length > 0 && Names.PersonProblem(options.Prefix) is not null)
                Add("UserName:Prefix", "must be of the characters of user names, beginning with a letter or digit.");
            if (options.Pattern.Length > 0 && Provider.NamePattern(options.Pattern) is null)
                Add("UserName:Pattern", "is no regular expression, or one with look-around or back references.");
        }

        private void Groups()
        {
            if (provider.Groups.Claim.Length == 0)
                Add("Groups:Claim", "must name a claim.");
            for (var i = 0; i < provider.Groups.Map.Count; i++)
            {
                var mapping = provider.Groups.Map[i];
                if (mapping.Provider.Length == 0)
                    Add($"Groups:Map:{i}:Provider", "must be a group of the provider.");
                if (Names.PersonProblem(mapping.Gateway) is { } problem)
                    Add($"Groups:Map:{i}:Gateway", problem);
            }

            if (provider.Groups.Required && provider.Groups.Map.Count == 0)
                Add("Groups:Required", "with an empty Groups:Map nobody could sign in.");
        }

        private void Mfa()
        {
            var mfa = provider.Mfa;
            if (mfa.By is not (ProviderMfaOptions.Gateway or ProviderMfaOptions.Provider))
                Add("Mfa:By", "must be gateway or provider.");
            if (mfa.Otherwise is not (ProviderMfaOptions.Gateway or ProviderMfaOptions.Refuse))
                Add("Mfa:Otherwise", "must be gateway or refuse.");
            if (mfa.By == ProviderMfaOptions.Provider && mfa.Acr.Count + mfa.Amr.Count == 0)
                Add("Mfa:By", "provider needs values in Mfa:Acr or Mfa:Amr by which its MFA is known.");
            if (mfa.Acr.Concat(mfa.Amr).Any(value => value.Length == 0 || value.Any(c => c is <= ' ' or > '~')))
                Add("Mfa:Acr", "and Mfa:Amr must hold printable values without spaces.");
            Duration("Mfa:MaxAge", mfa.MaxAge, TimeSpan.FromSeconds(1), optional: true);
        }

        private void Refresh()
        {
            Duration("Refresh:Every", provider.Refresh.Every, TimeSpan.FromMinutes(1));
            Duration("Refresh:Grace", provider.Refresh.Grace, TimeSpan.FromSeconds(1), optional: true);
            Duration("Refresh:SignInAgainAfter", provider.Refresh.SignInAgainAfter, TimeSpan.FromMinutes(1));
        }

        private void Duration(string key, string text, TimeSpan shortest, bool optional = false)
        {
            if (optional && text.Length == 0)
                return;
            if (!DurationText.TryParse(text, out var duration) || duration < shortest || duration > TimeSpan.FromDays(1))
                Add(key, $"must be a duration from {DurationText.Format(shortest)} to 1d, such as 10m{(optional ? ", or empty" : "")}.");
        }

        /// <summary>A provider that is off may name files that are not there yet.</summary>
        private void Readable(string key, string path)
        {
            if (path.Length > 0 && provider.Enabled && !File.Exists(path))
                Add(key, $"there is no file {path}.");
        }

        private void Add(string key, string problem) => errors.Add($"{at}:{key}: {problem}");
    }
}
