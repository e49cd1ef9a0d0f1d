namespace AccessGateway.Tests.Schedules;

using AccessGateway.Outbound;
using AccessGateway.Schedules;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

public sealed class CalendarsTests
{
    private const string OnCall = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260105T080000Z\r\nDTEND:20260112T080000Z\r\nATTENDEE:mailto:jane@corp.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    [Fact]
    public async Task Turns_SourceDown_CachedUntilTooOldThenNone()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Answer = context => context.Response.WriteAsync(OnCall);
        var clock = Clock();
        using var calendars = new Calendars(new OutboundHttp(clock), clock, NullLogger<Calendars>.Instance);
        Assert.Single(await calendars.TurnsAsync(Source(receiver.Address), default));
        Assert.Single(await calendars.TurnsAsync(Source(receiver.Address), default));
        Assert.Single(receiver.All);
        receiver.Answer = context => Status(context, 500);
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(await calendars.TurnsAsync(Source(receiver.Address), default));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(await calendars.TurnsAsync(Source(receiver.Address), default));
    }

    [Fact]
    public async Task Turns_TooLargeRedirectedOrTooMuch_None()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var clock = Clock();
        using var calendars = new Calendars(new OutboundHttp(clock), clock, NullLogger<Calendars>.Instance);
        foreach (Func<HttpContext, Task> answer in new Func<HttpContext, Task>[]
        {
            context => context.Response.WriteAsync(OnCall + new string('x', Calendars.MaxSize)),
            context => Redirect(context, $"{receiver.Address}elsewhere"),
            context => context.Response.WriteAsync(OnCall.Replace("ATTENDEE", "RRULE:FREQ=SECONDLY\r\nATTENDEE", StringComparison.Ordinal)),
        })
        {
            receiver.Answer = answer;
            clock.Advance(TimeSpan.FromMinutes(6));
            Assert.Empty(await calendars.TurnsAsync(Source(receiver.Address), default));
        }

        Assert.Equal(3, receiver.All.Count);
        Assert.DoesNotContain(receiver.All, one => one.Path == "/elsewhere");
    }

    /// <summary>Nothing is even asked where the address is private and its host is not allowed, whatever its name says.</summary>
    [Theory]
    [InlineData("https://127.0.0.1:{0}/", "")]
    [InlineData("https://localhost:{0}/", "")]
    [InlineData("http://localhost:{0}/", "127.0.0.2")]
    [InlineData("https://[::ffff:127.0.0.1]:{0}/", "")]
    public async Task Turns_LeadsInside_NotAsked(string url, string allow)
    {
        await using var receiver = await TestReceiver.StartAsync();
        var log = new CapturedLog();
        var clock = Clock();
        using var calendars = new Calendars(new OutboundHttp(clock), clock, LoggerOf(log));
        var source = new CalendarSource(new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, receiver.Address.Port)), "", TimeSpan.FromMinutes(5), TimeSpan.FromHours(1))
        {
            Rules = OutboundRules.Of(allow.Length > 0 ? [allow] : []),
        };
        Assert.Empty(await calendars.TurnsAsync(source, default));
        Assert.Empty(receiver.All);
        Assert.Contains("allow", log.Text, StringComparison.Ordinal);
    }

    /// <summary>An address that hangs costs the gateway five seconds once, and then none until the next refresh.</summary>
    [Fact]
    public async Task Turns_NeverAnswers_GivenUp()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (asked, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        receiver.Answer = context =>
        {
            asked.TrySetResult();
            return done.Task;
        };
        var clock = Clock();
        using var calendars = new Calendars(new OutboundHttp(clock), clock, NullLogger<Calendars>.Instance);
        var turns = calendars.TurnsAsync(Source(receiver.Address), default);
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(await turns);
        Assert.Empty(await calendars.TurnsAsync(Source(receiver.Address), default));
        Assert.Single(receiver.All);
        done.SetResult();
    }

    private static ILogger<Calendars> LoggerOf(CapturedLog log)
    {
        var services = new ServiceCollection().AddLogging();
        log.Use(services);
        return services.BuildServiceProvider().GetRequiredService<ILogger<Calendars>>();
    }

    private static FakeTimeProvider Clock() => new(new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero));

    private static CalendarSource Source(Uri address) => new(address, "corp.example", TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)) { Rules = OutboundRules.Of(["127.0.0.1"]) };

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.Headers.Location = to;
        return Status(context, 302);
    }
}
