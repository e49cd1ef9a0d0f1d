namespace AccessGateway.Tests.Schedules;

using AccessGateway.Contracts;
using AccessGateway.Schedules;
using AccessGateway.Testing;
using Xunit;

public sealed class RotationTests
{
    private static readonly Rotation Weekly = new(["alice", "bob"], new DateTime(2026, 3, 23, 9, 0, 0, DateTimeKind.Unspecified), TimeSpan.FromDays(7), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

    /// <summary>Summer time begins on 29 March 2026: the handover stays at nine on the wall clock.</summary>
    [Theory]
    [InlineData("2026-03-23T07:59:59Z", null)]
    [InlineData("2026-03-23T08:00:00Z", "alice")]
    [InlineData("2026-03-30T06:59:59Z", "alice")]
    [InlineData("2026-03-30T07:00:00Z", "bob")]
    [InlineData("2026-04-06T07:00:00Z", "alice")]
    public void At_AcrossSummerTime_HandsOverAtTheSameHour(string instant, string? expected) =>
        Assert.Equal(expected, Weekly.At(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public async Task Submit_OnCall_ApprovedAtOnceAndOthersNeedApproval()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 3, 24, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml(), clock: clock);
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "platform"));
        var states = new[] { (await gateway.SubmitAsync(alice, "on-duty")).State, (await gateway.SubmitAsync(bob, "on-duty")).State };
        Assert.Equal([AccessRequestState.Approved, AccessRequestState.Pending], states.Order().Reverse());
        clock.Advance(TimeSpan.FromDays(7));
        Assert.NotEqual(states[0], (await gateway.SubmitAsync(alice, "on-duty")).State);
    }
}
