namespace AccessGateway.Pki.Tests;

using CsCheck;
using Xunit;

public sealed class LeafTemplateTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Construct_LongestNames_Kept()
    {
        var template = New(new string('é', 64), new string('o', 64));

        Assert.Equal(new string('é', 64), template.CommonName);
        Assert.Equal(new string('o', 64), template.Organization);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\0")]
    [InlineData("a\nb")]
    [InlineData("\u001b[31m")]
    [InlineData("a\u0085")]
    [InlineData("a\u202eb")]
    [InlineData("\u200bsystem:masters")]
    [InlineData("a\u2028")]
    [InlineData("a\ud800")]
    [InlineData("system:masters")]
    [InlineData("system:")]
    [InlineData("SYSTEM:masters")]
    [InlineData("System:node:x")]
    public void Construct_BadName_Throws(string name)
    {
        Assert.Equal("commonName", Assert.Throws<ArgumentException>(() => New(name, "o")).ParamName);
        Assert.Equal("organization", Assert.Throws<ArgumentException>(() => New("c", name)).ParamName);
    }

    [Fact]
    public void Construct_NameOf65_Throws()
    {
        Assert.Throws<ArgumentException>(() => New(new string('a', 65), "o"));
        Assert.Throws<ArgumentException>(() => New("c", new string('a', 65)));
    }

    [Theory]
    [InlineData("systemd")]
    [InlineData("my-system:x")]
    [InlineData("ada@example.org")]
    public void Construct_NameThatOnlyLooksLikeSystem_Kept(string name) => Assert.Equal(name, New(name, name).CommonName);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.9)]
    public void Construct_EmptyValidity_Throws(double seconds) =>
        Assert.Throws<ArgumentException>(() => new LeafTemplate("c", "o", Start, Start.AddSeconds(seconds)));

    [Fact]
    public void Construct_AnyTimes_WholeSecondsInUtcAndNeverLater() =>
        Gen.Select(Gen.Long[0, 1_000_000_000], Gen.Long[20_000_000, 1_000_000_000], Gen.Int[-12, 12]).Sample((ticks, length, zone) =>
        {
            var notBefore = Start.AddTicks(ticks).ToOffset(TimeSpan.FromHours(zone));
            var notAfter = notBefore.AddTicks(length);

            var template = new LeafTemplate("c", "o", notBefore, notAfter);

            return IsFloorOf(template.NotBefore, notBefore) && IsFloorOf(template.NotAfter, notAfter);
        });

    private static LeafTemplate New(string commonName, string organization) => new(commonName, organization, Start, Start.AddMinutes(10));

    private static bool IsFloorOf(DateTimeOffset floor, DateTimeOffset time) =>
        floor <= time && time - floor < TimeSpan.FromSeconds(1) && floor.Ticks % TimeSpan.TicksPerSecond == 0 && floor.Offset == TimeSpan.Zero;
}
