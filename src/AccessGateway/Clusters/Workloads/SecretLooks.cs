namespace AccessGateway.Clusters;

using System.Text.RegularExpressions;

/// <summary>
/// Whether a value looks like a secret, and like which kind. Only the kind leaves this place, never the value. It guesses: what is
/// random and has no form of its own is not found, and an example may be. Pure; time grows with the length and no faster.
/// </summary>
internal static partial class SecretLooks
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>Null where it does not.</summary>
    public static string? KindOf(string key, string value)
    {
        if (value.Length == 0)
            return null;
        if (PrivateKey().IsMatch(value))
            return "a private key in PEM";
        if (KnownToken().IsMatch(value))
            return "a token in a known form";
        if (AddressWithPassword().IsMatch(value))
            return "an address with a password in it";
        if (value.Contains('\n', StringComparison.Ordinal) || Setting().IsMatch(value))
            return Setting().Matches(value).Any(setting => IsValue(setting.Groups["value"].Value)) ? "a setting named like a secret" : null;
        return SecretName().IsMatch(key) && IsValue(value) ? "a value under a name like a secret's" : null;
    }

    /// <summary>Neither a placeholder, nor a switch, nor where the secret is kept.</summary>
    private static bool IsValue(string value)
    {
        var text = value.Trim().Trim('"', '\'', ',', ';');
        return text.Length >= 4 && text[0] is not ('/' or '$' or '{' or '<' or '%') && !text.Contains("://", StringComparison.Ordinal) && !text.All(c => c is '*' or 'x' or 'X' or '.')
            && !Harmless().IsMatch(text);
    }

    [GeneratedRegex(@"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----", Linear)]
    private static partial Regex PrivateKey();

    /// <summary>AWS, GitHub, GitLab, Slack, Google, Stripe, npm, and JSON Web Tokens.</summary>
    [GeneratedRegex(
        @"(\b(AKIA|ASIA)[0-9A-Z]{16}\b)|(\bgh[pousr]_[A-Za-z0-9]{36})|(\bgithub_pat_[A-Za-z0-9_]{22})|(\bglpat-[A-Za-z0-9_-]{20})|(\bxox[abeoprs]-[A-Za-z0-9-]{10})|(\bAIza[0-9A-Za-z_-]{35})|(\b[rs]k_live_[0-9A-Za-z]{16})|(\bnpm_[A-Za-z0-9]{36})|(\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})",
        Linear)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@""'<>{}$]*:[^/\s:@""'<>{}$]{3,}@[^\s/]", Linear)]
    private static partial Regex AddressWithPassword();

    /// <summary>A line of a settings file: <c>name = value</c>, <c>name: value</c>, <c>"name": "value"</c>.</summary>
    [GeneratedRegex(@"^[ \t]*(-[ \t]+|export[ \t]+)?[""']?([A-Za-z0-9_.-]*[_.-])?(password|passwd|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|token|client[_-]?secret)[""']?[ \t]*[=:][ \t]*(?<value>[^\s#][^\r\n]*)", Linear | RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"(^|[_.-])(password|passwd|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|token|client[_-]?secret)$", Linear | RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"^(true|false|yes|no|on|off|none|null|nil|enabled|disabled|required|optional|file|env|vault|changeme|secret|password|token|[0-9]{1,6}(\.[0-9]+)?(ms|s|m|h|d)?)$", Linear | RegexOptions.IgnoreCase)]
    private static partial Regex Harmless();
}
