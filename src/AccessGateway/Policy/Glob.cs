namespace AccessGateway.Policy;

/// <summary>Name patterns: <c>*</c> stands for any run of characters, <c>?</c> for one.</summary>
internal static class Glob
{
    /// <summary>Whether it may match more than one name.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>The longest pattern that is compared with another: as long as a name may be.</summary>
    private const int Longest = 63;

    /// <summary>More ways through a pattern than any that people write has.</summary>
    private const int MaxWays = 2000;

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

    /// <summary>Whether every name that <paramref name="inner"/> matches is matched by <paramref name="outer"/> too; either may be a plain name.
    /// Exact for names of any letters and length; false for what is too long or too involved to be shown.</summary>
    /// <remarks>The outer pattern is walked through by the inner one's letters, and the places where one may stand in it are bits. Where the inner one
    /// has a wildcard, any letter may come: the worst is one that the outer pattern does not have, for it leads to no place that another
    /// letter does not lead to. So that one stands for all, once for <c>?</c>, and for <c>*</c> as often as it leads anywhere new.</remarks>
    public static bool Contains(string outer, string inner)
    {
        if (outer.Length > Longest || inner.Length > Longest)
            return false;
        var ways = new HashSet<ulong> { Reach(outer, 1) };
        foreach (var letter in inner)
        {
            var next = new HashSet<ulong>();
            foreach (var way in ways)
            {
                if (letter is not '*')
                    next.Add(Step(outer, way, letter));
                else
                    for (var further = way; next.Add(further);)
                        further = Step(outer, further, '?');
            }

            if (next.Count > MaxWays)
                return false;
            ways = next;
        }

        return ways.All(way => (way >> outer.Length & 1) == 1);
    }

    /// <param name="letter">A question mark for one that the pattern does not have.</param>
    private static ulong Step(string pattern, ulong places, char letter)
    {
        var next = 0UL;
        for (var place = 0; place < pattern.Length; place++)
        {
            if ((places >> place & 1) == 0)
                continue;
            if (pattern[place] == '*')
                next |= 1UL << place;
            else if (pattern[place] == '?' || pattern[place] == letter)
                next |= 1UL << (place + 1);
        }

        return Reach(pattern, next);
    }

    /// <summary>And the places behind stars, which may stand for nothing.</summary>
    private static ulong Reach(string pattern, ulong places)
    {
        for (var place = 0; place < pattern.Length; place++)
        {
            if ((places >> place & 1) == 1 && pattern[place] == '*')
                places |= 1UL << (place + 1);
        }

        return places;
    }
}
