namespace AccessGateway.Kubectl.Tests.LocalFiles;

using AccessGateway.Kubectl.LocalFiles;

public sealed class PluginPathsTests
{
    [Theory]
    [InlineData("/home/ada", null, "/home/ada/.config/access-gateway/config.json")]
    [InlineData("/home/ada", "", "/home/ada/.config/access-gateway/config.json")]
    [InlineData("/home/ada", "relative", "/home/ada/.config/access-gateway/config.json")]
    [InlineData("/home/ada", "/etc/ada", "/etc/ada/access-gateway/config.json")]
    [InlineData(null, "/etc/ada", "/etc/ada/access-gateway/config.json")]
    public void ConfigFile_Variables_FollowsXdg(string? home, string? config, string expected) =>
        Assert.Equal(expected, new PluginPaths(name => name == "HOME" ? home : config).ConfigFile);

    [Fact]
    public void ConfigFile_NoHome_SaysSo() =>
        Assert.Throws<CommandFailedException>(() => new PluginPaths(_ => null).ConfigFile);
}
