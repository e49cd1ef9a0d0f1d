namespace AccessGateway.Pki;

using System.Globalization;
using System.Text;

/// <summary>
/// Whom a leaf names and how long it lives: checked on construction, so that no template can name a Kubernetes system identity.
/// </summary>
public sealed record LeafTemplate
{
    /// <summary>Characters of a name at most: ub-common-name and ub-organization-name (RFC 5280, appendix A.1).</summary>
    public const int MaximumNameLength = 64;

    private const string SystemPrefix = "system:";

    /// <param name="commonName">The user name that Kubernetes sees: 1 to 64 characters, none of them invisible.</param>
    /// <param name="organization">The one group that Kubernetes sees: 1 to 64 characters, none of them invisible.</param>
    /// <param name="notBefore">The first second of validity; fractions of a second are cut off.</param>
    /// <param name="notAfter">The last second of validity; fractions of a second are cut off, so that it is never later than given.</param>
    /// <exception cref="ArgumentException">
    /// A name breaks these bounds or begins with `system:` in any case, or the validity is empty once cut to seconds.
    /// </exception>
    public LeafTemplate(string commonName, string organization, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        CommonName = CheckedSubject(commonName, nameof(commonName));
        Organization = CheckedSubject(organization, nameof(organization));
        NotBefore = WholeSeconds(notBefore);
        NotAfter = WholeSeconds(notAfter);
        if (NotBefore >= NotAfter) throw new ArgumentException("A leaf must end at least a second after it begins.", nameof(notAfter));
    }

    /// <summary>CN.</summary>
    public string CommonName { get; }

    /// <summary>O.</summary>
    public string Organization { get; }

    /// <summary>UTC, a whole second.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>UTC, a whole second; it still belongs to the validity (RFC 5280, section 4.1.2.5).</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>The bounds of any name that this project writes into a certificate.</summary>
    internal static string CheckedName(string name, string parameter)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentException("The name is empty.", parameter);
        if (name.Length > MaximumNameLength)
            throw new ArgumentException($"The name has more than {MaximumNameLength} characters.", parameter);
        if (name.EnumerateRunes().Any(IsInvisible))
            throw new ArgumentException("The name has control, formatting or undecodable characters.", parameter);
        return name;
    }

    internal static DateTimeOffset WholeSeconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static string CheckedSubject(string name, string parameter) =>
        CheckedName(name, parameter).StartsWith(SystemPrefix, StringComparison.OrdinalIgnoreCase)
            ? throw new ArgumentException("Names that begin with system: belong to Kubernetes.", parameter)
            : name;

    /// <summary>Half of a surrogate pair enumerates as U+FFFD, which is refused for that.</summary>
    private static bool IsInvisible(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
