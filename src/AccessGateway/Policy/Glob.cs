namespace AccessGateway.Policy;

/// <summary>Name patterns: <c>*</c> stands for any run of characters, <c>?</c> for one.</summary>
internal static class Glob
{
    /// <summary>Linear in the length of the name for each star; never backtracks further than the last star.</summary>
    public static bool IsMatch(string pattern, string name)
    {
        int p = 0, n = 0, star = -1, mark = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
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
}
