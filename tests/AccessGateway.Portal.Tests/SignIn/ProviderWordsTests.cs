namespace AccessGateway.Portal.Tests.SignIn;

using AccessGateway.Portal.SignIn;
using AccessGateway.SignIn;
using Xunit;

public sealed class ProviderWordsTests
{
    public static TheoryData<string> Names => [.. Enum.GetValues<ProviderProblem>().Select(ProviderProblems.NameOf)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_EveryProblem_HasWordsOfItsOwn(string name)
    {
        var words = ProviderWords.Of(ProviderProblems.Parse(name), "Corp");
        Assert.NotEqual(ProviderWords.Of(null, "Corp"), words);
        Assert.True(words.What.Length > 10 && words.Then.Length > 10);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("Cancelled")]
    [InlineData("<script>")]
    public void Of_UnknownName_SaysThatItFailed(string? name) => Assert.Equal("Not signed in", ProviderWords.Of(ProviderProblems.Parse(name), "Corp").Title);
}
