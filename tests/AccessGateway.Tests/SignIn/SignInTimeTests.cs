namespace AccessGateway.Tests.SignIn;

using System.Diagnostics;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>Measures time, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(SignInTimeTests), DisableParallelization = true)]
[Collection(nameof(SignInTimeTests))]
public sealed class SignInTimeTests
{
    private const int Turns = 21;
    private const int MostTurns = 60;
    private const double Tolerance = 1.25;

    /// <summary>SECURITY: unknown user, wrong password, disabled user, right password with a wrong code: the same time. Each way's fastest of
    /// many turns, taken in rotation, is what it costs; what a busy machine adds is not.</summary>
    [Fact]
    public async Task SignIn_UnknownWrongDisabledOrWrongCode_SameTime()
    {
        await using var gateway = await TestGateway.CreateAsync(configure: TestGateway.HashInEarnest);
        var (alice, _) = await gateway.EnrolAsync("alice");
        var (bob, _) = await gateway.EnrolAsync("bob");
        await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "bob", disabled: true, default));
        var ways = new (string What, string Name, string Password)[] { ("wrong password", "alice", "wrong"), ("unknown", "nobody", alice.Password), ("disabled", "bob", bob.Password), ("wrong code", "alice", alice.Password) };
        var fastest = ways.ToDictionary(way => way.What, _ => double.MaxValue);
        // Further turns where the machine is busy: the fastest only falls, and what leaks stays apart however many there are.
        for (var turn = 0; turn < Turns || (turn < MostTurns && !Alike()); turn++)
        {
            foreach (var (what, name, password) in ways)
            {
                // Past every lock.
                gateway.Clock.Advance(TimeSpan.FromHours(2));
                var start = Stopwatch.GetTimestamp();
                var outcome = await gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync(name, password, "000000", "192.0.2.7", "test", default));
                fastest[what] = Math.Min(fastest[what], Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(outcome));
            }
        }

        var figures = string.Join(", ", fastest.Select(way => $"{way.Key} {way.Value:0.0} ms"));
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(Alike(), figures);

        bool Alike() => fastest.Values.Max() < Tolerance * fastest.Values.Min();
    }
}
