namespace AccessGateway.Kubectl.Tests.Output;

using AccessGateway.Kubectl.Output;

public sealed class RelativeTimeTests
{
    [Theory]
    [InlineData(0, "now")]
    [InlineData(45, "in 45s")]
    [InlineData(-119, "119s ago")]
    [InlineData(-180, "3m ago")]
    [InlineData(545, "in 9m5s")]
    [InlineData(3600, "in 60m")]
    [InlineData(4 * 3600 + 120, "in 4h2m")]
    [InlineData(-30 * 3600, "30h ago")]
    [InlineData(3 * 86400, "in 3d")]
    [InlineData(-40 * 86400, "40d ago")]
    public void Of_Distance_SaysItAsKubectlDoes(int seconds, string expected)
    {
        var now = DateTimeOffset.UnixEpoch;

        Assert.Equal(expected, RelativeTime.Of(now.AddSeconds(seconds), now));
    }

    [Fact]
    public void Of_Nothing_IsADash() => Assert.Equal("-", RelativeTime.Of(null, DateTimeOffset.UnixEpoch));
}
