namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

/// <summary>Whether one pattern lies within another decides whether somebody gets what nobody offered.</summary>
public sealed class NamespaceChoiceTests
{
    /// <summary>A letter that no pattern has.</summary>
    private const char Fresh = 'z';

    private static readonly Gen<string> Patterns = Gen.Char["ab-*?"].Array[0, 9].Select(chars => new string(chars));
    private static readonly Gen<string> ShortPatterns = Gen.Char["ab-*?"].Array[0, 5].Select(chars => new string(chars));
    private static readonly Gen<string> Words = Gen.Char["ab-z"].Array[0, 9].Select(chars => new string(chars));

    [Theory]
    [InlineData("team-*", "team-a-*", true)]
    [InlineData("team-*", "team-*", true)]
    [InlineData("team-*", "team-??", true)]
    [InlineData("team-*", "team-a", true)]
    [InlineData("team-*", "team*", false)]
    [InlineData("team-*", "*", false)]
    [InlineData("team-?", "team-*", false)]
    [InlineData("team-?", "team-?", true)]
    [InlineData("team-??*", "team-*?a", true)]
    [InlineData("team-??*", "team-*?", false)]
    [InlineData("*?", "?*", true)]
    [InlineData("?*", "*?", true)]
    [InlineData("?*", "*", false)]
    [InlineData("?*", "*a", true)]
    [InlineData("*a*", "*?a", true)]
    [InlineData("a*c", "a*b*c", true)]
    [InlineData("a*b*c", "a*c", false)]
    [InlineData("*-prod", "team-*-prod", true)]
    [InlineData("*-prod", "team-*", false)]
    public void Contains_OuterAndInner_Decided(string outer, string inner, bool expected) => Assert.Equal(expected, Glob.Contains(outer, inner));

    /// <summary>Never wider: what is inside matches nothing that is not matched outside.</summary>
    [Fact]
    public void Contains_True_EveryNameOfTheInnerIsOneOfTheOuter() => Gen.Select(Patterns, Patterns, Words).Sample(
        (outer, inner, word) => !Glob.Contains(outer, inner) || !Glob.IsMatch(inner, word) || Glob.IsMatch(outer, word),
        iter: 300_000);

    /// <summary>And it is decided: whatever is said not to be inside has a name that shows it, of a letter that no pattern has.</summary>
    [Fact]
    public void Contains_AnyTwo_JustWhereNoNameTellsOtherwise() => Gen.Select(Patterns, ShortPatterns).Sample(
        (outer, inner) => Glob.Contains(outer, inner) == Witnesses(inner).All(name => Glob.IsMatch(outer, name)),
        iter: 50_000);

    [Fact]
    public void Contains_ThreePatterns_Transitive() => Gen.Select(Patterns, Patterns, Patterns).Sample(
        (one, two, three) => Glob.Contains(one, one) && (!(Glob.Contains(one, two) && Glob.Contains(two, three)) || Glob.Contains(one, three)),
        iter: 200_000);

    [Fact]
    public void Contains_AName_AsItMatches() => Gen.Select(Patterns, Words).Sample((outer, name) => Glob.Contains(outer, name) == Glob.IsMatch(outer, name));

    [Fact]
    public void Contains_ManyWildcards_Quick() => Gen.Select(Gen.Char["a*?"].Array[63], Gen.Char["a*?"].Array[63]).Sample((outer, inner) => { _ = Glob.Contains(new string(outer), new string(inner)); }, iter: 2_000);

    [Fact]
    public void Contains_AnyText_NothingThrown() => Gen.Select(Gen.String, Gen.String).Sample((outer, inner) => { _ = Glob.Contains(outer, inner); });

    /// <summary>Through a whole offer of several policies: what may be asked for as a pattern may be asked for by each of its names, but for
    /// those that are excepted.</summary>
    [Fact]
    public void Problem_PatternOffered_EachOfItsNamesIsOfferedUnlessExcepted() => Gen.Select(Patterns.Array[1, 3], Patterns.Array[1, 3], Patterns.Array[0, 2], Patterns, Words).Sample(
        (one, other, except, chosen, name) =>
        {
            var offer = Offer(one, other) with { ExceptNamespaces = except };
            return !Glob.IsPattern(chosen) || NamespaceChoice.Problem(offer, [chosen]) is not null || !Glob.IsMatch(chosen, name)
                || NamespaceChoice.IsExcepted(except, name) || NamespaceChoice.Problem(offer, [name]) is null;
        },
        iter: 200_000);

    /// <summary>What is looked at live is never anything but what policy offers by name.</summary>
    [Fact]
    public void Matches_AnyCluster_OnlyWhatIsOfferedAndMatched() => Gen.Select(Patterns.Array[1, 3], Patterns.Array[0, 2], Patterns.Array[1, 3], Words.Array[0, 20]).Sample(
        (offered, except, chosen, there) =>
        {
            var offer = Offer(offered, ["*"]) with { ExceptNamespaces = except };
            var found = NamespaceChoice.Matches(chosen, there, offer.OffersNamespace);
            return found.All(name => there.Contains(name) && offer.OffersNamespace(name) && !NamespaceChoice.IsExcepted(except, name) && chosen.Any(pattern => Glob.IsMatch(pattern, name)))
                && found.Distinct().Count() == found.Count
                && there.All(name => found.Contains(name) || chosen.Contains(name) || !offer.OffersNamespace(name) || !chosen.Where(Glob.IsPattern).Any(pattern => Glob.IsMatch(pattern, name)));
        });

    /// <summary>Of several policies the one that does not offer it is named: that another does explains nothing.</summary>
    [Theory]
    [InlineData("payments-*", "must lie within one of payments-api-*, shop-*.")]
    [InlineData("payments-web", "offered are payments-api-*, shop-*.")]
    [InlineData("web-*", "must lie within one of payments-*, shop-*.")]
    public void Problem_OneOfSeveralPoliciesDoesNotOfferIt_ThatOneIsNamed(string chosen, string words) =>
        Assert.Contains(words, NamespaceChoice.Problem(Offer(["payments-*", "shop-*"], ["payments-api-*", "shop-*"]), [chosen]), StringComparison.Ordinal);

    /// <summary>Two patterns together may hold a third, and it is refused all the same: the refusal says what to do.</summary>
    [Fact]
    public void Problem_WithinSeveralPatternsTogetherAlone_SaysToNameThemOneByOne() =>
        Assert.EndsWith("What lies in several of them is named one by one.", NamespaceChoice.Problem(Offer(["team-a*", "team-b*"]), ["team-*"]), StringComparison.Ordinal);

    [Fact]
    public void AtMost_MoreThanAGrantMayHave_KeepsWhatItHas()
    {
        List<string> matches = [.. Enumerable.Range(0, 150).Select(number => $"team-{number:000}")];
        var kept = NamespaceChoice.AtMost(["team-*", "exact"], matches, ["team-149", "team-140"]);
        Assert.Equal(NamespaceChoice.Max - 1, kept.Count);
        Assert.Contains("team-149", kept);
        Assert.Contains("team-140", kept);
        Assert.Contains("team-000", kept);
        Assert.DoesNotContain("team-148", kept);
    }

    private static RoleOffer Offer(params IReadOnlyList<string>[] patterns) => new()
    {
        Role = "editor",
        Target = new RoleTarget("edit"),
        Scope = RoleScope.Namespaces,
        NamespacePatterns = patterns,
        MaxDuration = TimeSpan.FromHours(1),
        DefaultDuration = TimeSpan.FromHours(1),
        Approval = [],
        Reasons = [],
        Hours = [],
        PendingLifetime = TimeSpan.FromHours(1),
        MfaMaxAge = TimeSpan.FromMinutes(5),
        MfaFactors = [],
        Privileged = false,
        Policies = [],
    };

    private static List<string> Witnesses(string pattern)
    {
        List<string> names = [""];
        foreach (var letter in pattern)
        {
            names = letter switch
            {
                '*' => [.. new[] { 0, 1, 2, 10 }.SelectMany(count => names.Select(name => name + new string(Fresh, count))).Distinct()],
                '?' => [.. names.Select(name => name + Fresh)],
                _ => [.. names.Select(name => name + letter)],
            };
        }

        return names;
    }
}
