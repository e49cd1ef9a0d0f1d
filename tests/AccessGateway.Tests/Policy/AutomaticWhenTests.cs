namespace AccessGateway.Tests.Policy;

using AccessGateway.Policy;
using Xunit;

/// <summary>Approved at once where everything holds that is stated, and nowhere else.</summary>
public sealed class AutomaticWhenTests
{
    private static readonly Hours Saturdays = new([DayOfWeek.Saturday], new TimeOnly(8, 0), new TimeOnly(18, 0), TimeZoneInfo.Utc);

    /// <summary>Every combination of what is stated and what is so: a condition that is not stated asks for nothing.</summary>
    [Fact]
    public void Holds_EveryCombination_WhereAllThatIsStatedIsSo()
    {
        bool[] both = [false, true];
        foreach (var (onCall, hours, ticket) in from a in both from b in both from c in both select (a, b, c))
        {
            var when = new AutomaticWhen(onCall ? "primary" : null, hours ? Saturdays : null, ticket);
            foreach (var (isOnCall, inside, answer) in from a in both from b in both from c in Enum.GetValues<TicketAnswer>() select (a, b, c))
            {
                var expected = (onCall || hours || ticket) && (!onCall || isOnCall) && (!hours || inside) && (!ticket || answer == TicketAnswer.Confirmed);
                Assert.True(expected == when.Holds(Facts(isOnCall, inside, answer)), $"{when}: on call {isOnCall}, inside {inside}, ticket {answer}");
            }
        }
    }

    private static RequestFacts Facts(bool onCall, bool inside, TicketAnswer answer) =>
        new([new ClusterFacts("dev", new Dictionary<string, string>())], new PersonFacts("alice", []), "admin", [], null, null, new DateTimeOffset(2026, 1, inside ? 3 : 5, 12, 0, 0, TimeSpan.Zero))
        {
            OnCall = onCall ? ["primary"] : ["secondary"],
            TicketAnswer = answer,
        };
}
