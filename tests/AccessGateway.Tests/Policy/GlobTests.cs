namespace AccessGateway.Tests.Policy;

using System.Text.RegularExpressions;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

public sealed class GlobTests
{
    [Theory]
    [InlineData("payments-*", "payments-api", true)]
    [InlineData("payments-*", "payments-", true)]
    [InlineData("payments-*", "payments", false)]
    [InlineData("*", "anything", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*-api-*", "x-api-y", true)]
    [InlineData("a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("exact", "exact", true)]
    [InlineData("exact", "exactly", false)]
    public void IsMatch_PatternAndName_Matches(string pattern, string name, bool expected) => Assert.Equal(expected, Glob.IsMatch(pattern, name));

    private static readonly Gen<string> Patterns = Gen.Char["ab*?"].Array[0, 12].Select(chars => new string(chars));
    private static readonly Gen<string> Words = Gen.Char["abc"].Array[0, 12].Select(chars => new string(chars));

    /// <summary>As the same pattern written as a regular expression.</summary>
    [Fact]
    public void IsMatch_AnyPattern_AsTheRegularExpression() => Gen.Select(Patterns, Words).Sample(
        (pattern, name) => Glob.IsMatch(pattern, name) == Regex.IsMatch(name, $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}\z", RegexOptions.NonBacktracking | RegexOptions.Singleline),
        iter: 50_000);

    [Fact]
    public void IsMatch_AnyText_NothingThrown() => Gen.Select(Gen.String, Gen.String).Sample((pattern, name) => { _ = Glob.IsMatch(pattern, name); });

    [Fact]
    public void IsMatch_ManyStars_Quick() => Assert.False(Glob.IsMatch(string.Concat(Enumerable.Repeat("a*", 30)) + "b", new string('a', 63)));
}
