namespace AccessGateway.Kubectl.Tests.Diagnosis;

using AccessGateway.Kubectl.Tests.Fakes;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_AllGood_Ends0()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain("failed", result.Out, StringComparison.Ordinal);
        Assert.Equal(["CHECK", "config", "server", "clock", "login", "kubectl", "plugin"], FirstWords(result.Out));
    }

    [Fact]
    public async Task Doctor_ClockWrong_SaysByHowMuch()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 1 check failed\n"), (result.ExitCode, result.Error));
        Assert.Matches(@"clock +failed +(299|30\d)s ahead of the server's", result.Out);
    }

    [Fact]
    public async Task Doctor_NothingThere_ChecksTheRestAnyway()
    {
        await using var fixture = await PluginFixture.StartAsync();
        fixture.Variables["PATH"] = fixture.Home;

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 3 checks failed\n"), (result.ExitCode, result.Error));
        Assert.Equal(["CHECK", "config", "kubectl", "plugin"], FirstWords(result.Out));
    }

    private static void Install(PluginFixture fixture)
    {
        foreach (var name in new[] { "kubectl", "kubectl-access" })
        {
            var path = Path.Combine(fixture.Home, name);
            File.WriteAllText(path, "");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        fixture.Variables["PATH"] = fixture.Home;
    }

    private static IEnumerable<string> FirstWords(string table) =>
        table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]);
}
