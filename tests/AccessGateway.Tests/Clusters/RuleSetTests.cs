namespace AccessGateway.Tests.Clusters;

using AccessGateway.Clusters;
using AccessGateway.Tests.BlastRadius;
using CsCheck;
using Xunit;

public sealed class RuleSetTests
{
    [Fact]
    public void Normalise_SplitRepeatedAndShuffled_OneRule()
    {
        var rule = Assert.Single(RuleSet.Normalise([Rules.Of("list pods"), Rules.Of("get pods,pods"), Rules.Of("get services,pods"), Rules.Of("list services"), Rules.Of("get pods [one]")])!);
        Assert.Equal(["pods", "services"], rule.Resources);
        Assert.Equal(["get", "list"], rule.Verbs);
        Assert.Empty(rule.ResourceNames);
    }

    [Fact]
    public void Normalise_EveryVerb_CoversTheOthers() => Assert.Equal(["*"], Assert.Single(RuleSet.Normalise([Rules.Of("get,* pods"), Rules.Of("delete pods [one]")])!).Verbs);

    [Fact]
    public void Normalise_NamedBesideAll_KeepsWhatOnlyTheNamedHas()
    {
        var rules = RuleSet.Normalise([Rules.Of("get secrets"), Rules.Of("get,update secrets [a,b]")])!;
        Assert.Equal(["[]:get", "[a,b]:update"], rules.Select(rule => $"[{string.Join(',', rule.ResourceNames)}]:{string.Join(',', rule.Verbs)}").Order());
    }

    [Fact]
    public void Normalise_BillionsOfRights_Null()
    {
        string[] many = [.. Enumerable.Range(0, 5000).Select(i => $"x{i}")];
        Assert.Null(RuleSet.Normalise([new RbacRule(many, many, many, many, [])]));
        Assert.Null(RuleSet.Normalise([new RbacRule([], [], [], many, many)]));
    }

    [Theory]
    [InlineData("get pods", "list pods")]
    [InlineData("get pods", "get pods [a]")]
    [InlineData("get pods", "get apps:pods")]
    [InlineData("get pods", "get pods/log")]
    [InlineData("get /a", "get /a/*")]
    [InlineData("get a,b", "get a.b")]
    public void Digest_OtherRights_OtherDigest(string one, string other) => Assert.NotEqual(Digest([Rules.Of(one)]), Digest([Rules.Of(other)]));

    /// <summary>Written otherwise, the same rights have the same digest.</summary>
    [Fact]
    public void Digest_TakenApartAndShuffled_TheSame() => Gen.Select(Some.List[1, 4], Gen.Int).Sample((rules, seed) =>
    {
#pragma warning disable RS0030 // A seeded generator: the same failure comes again.
        var random = new Random(seed);
        var single = rules.SelectMany(rule => rule.ApiGroups.SelectMany(group => rule.Resources.SelectMany(resource => rule.Verbs.Select(verb => rule with { ApiGroups = [group], Resources = [resource], Verbs = [verb] })))).ToArray();
        random.Shuffle(single);
#pragma warning restore RS0030
        Assert.Equal(Digest(rules), Digest(single));
        Assert.Equal(Digest(rules), RuleSet.Digest(RuleSet.Normalise(RuleSet.Normalise(rules)!)!));
    });

    private static string Digest(IEnumerable<RbacRule> rules) => RuleSet.Digest(RuleSet.Normalise(rules)!);

    private static Gen<RbacRule> Some => Gen.Select(
        Rules.Any("", "apps", "*").List[1, 2], Rules.Any("pods", "secrets", "*", "pods/log").List[1, 3], Rules.Any("a", "b").List[0, 2], Rules.Any("get", "list", "*").List[1, 3],
        (groups, resources, names, verbs) => new RbacRule(groups, resources, names, verbs, []));
}
