namespace AccessGateway.Policy;

using System.Text;

/// <summary>Name patterns: <c>*</c> stands for any run of characters, <c>?</c> for one.</summary>
internal static class Glob
{
    /// <summary>Whether it may match more than one name.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>Linear in the length of the name for each star; never backtracks further than the last star.</summary>
    public static bool IsMatch(string pattern, string name) => IsMatch(pattern, name, symbolic: false);

    /// <summary>Whether every name that <paramref name="inner"/> matches is matched by <paramref name="outer"/> too. Both may be plain names.
    /// True is certain. False where it is not so, or is so only because namespaces have at most 63 characters of a few kinds.</summary>
    /// <remarks>The inner pattern is read as a word in which <c>?</c> and <c>*</c> are letters for what nobody knows: only the outer pattern's
    /// wildcards may stand for them, and a single <c>?</c> never for a <c>*</c>.</remarks>
    public static bool Contains(string outer, string inner) => IsMatch(InOrder(outer), InOrder(inner), symbolic: true);

    private static bool IsMatch(string pattern, string name, bool symbolic)
    {
        int p = 0, n = 0, star = -1, mark = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = n;
            }
            else if (p < pattern.Length && ((pattern[p] == '?' && !(symbolic && name[n] == '*')) || pattern[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }

    /// <summary>The same pattern with each run of wildcards as <c>?…?*</c>: <c>*?</c> and <c>?*</c> match the same names, and only the one
    /// writing is compared.</summary>
    private static string InOrder(string pattern)
    {
        var text = new StringBuilder(pattern.Length);
        var star = false;
        foreach (var letter in pattern)
        {
            if (letter == '*')
            {
                star = true;
                continue;
            }

            if (letter != '?' && star)
            {
                text.Append('*');
                star = false;
            }

            text.Append(letter);
        }

        return star ? text.Append('*').ToString() : text.ToString();
    }
}
