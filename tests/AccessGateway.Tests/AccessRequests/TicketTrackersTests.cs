namespace AccessGateway.Tests.AccessRequests;

using System.Text;
using AccessGateway.AccessRequests;
using AccessGateway.Outbound;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

public sealed class TicketTrackersTests
{
    private static readonly RequestFacts Facts = new([new ClusterFacts("dev", new Dictionary<string, string>())], new PersonFacts("alice", []), "viewer", [], null, null, default) { Ticket = "INC-1" };

    [Theory]
    [InlineData(200, "{\"valid\": true}", nameof(TicketAnswer.Confirmed))]
    [InlineData(200, "{\"valid\": false}", nameof(TicketAnswer.Refused))]
    [InlineData(200, "{\"valid\": \"true\"}", nameof(TicketAnswer.None))]
    [InlineData(200, "[true]", nameof(TicketAnswer.None))]
    [InlineData(200, "", nameof(TicketAnswer.None))]
    [InlineData(302, "{\"valid\": true}", nameof(TicketAnswer.None))]
    [InlineData(500, "{\"valid\": true}", nameof(TicketAnswer.None))]
    public async Task Ask_WhateverComesBack_OnlyAClearYesConfirms(int status, string body, string expected)
    {
        await using var receiver = await AnsweringAsync(body, status);
        var tracker = Tracker(receiver.Address);
        Assert.Equal(expected, (await Trackers().AskAsync([tracker], Facts, default)).ToString());
        var sent = Assert.Single(receiver.All);
        Assert.Equal(TicketTrackers.Sign(tracker.Secret, sent.Headers["accessgateway-timestamp"], sent.Text), sent.Headers["accessgateway-signature"]);
    }

    [Fact]
    public async Task Ask_HugeAnswerOrNoneAtAll_None()
    {
        await using var receiver = await AnsweringAsync("{\"valid\": true" + new string(' ', 5000) + "}");
        Assert.Equal(TicketAnswer.None, await Trackers().AskAsync([Tracker(receiver.Address)], Facts, default));
        Assert.Equal(TicketAnswer.None, await Trackers().AskAsync([Tracker(new Uri("http://127.0.0.1:1"))], Facts, default));
    }

    [Fact]
    public async Task Ask_NeverAnswers_NoneAfterItsTimeout()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (asked, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        receiver.Answer = _ =>
        {
            asked.TrySetResult();
            return done.Task;
        };
        var clock = new FakeTimeProvider();
        var answer = Trackers(clock).AskAsync([Tracker(receiver.Address)], Facts, default);
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TicketAnswer.None, await answer);
        done.SetResult();
    }

    /// <summary>Whoever writes a policy cannot make the gateway call inside the network, nor can a tracker by redirects.</summary>
    [Fact]
    public async Task Ask_LeadsInside_NotAsked()
    {
        await using var inside = await AnsweringAsync("{\"valid\": true}");
        Assert.Equal(TicketAnswer.None, await Trackers().AskAsync([Tracker(inside.Address) with { Allow = [] }], Facts, default));
        Assert.Equal(TicketAnswer.None, await Trackers().AskAsync([Tracker(new Uri($"https://localhost:{inside.Address.Port}")) with { Allow = [] }], Facts, default));
        Assert.Empty(inside.All);

        await using var outside = await TestReceiver.StartAsync();
        outside.Answer = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = inside.Address.ToString();
            return Task.CompletedTask;
        };
        Assert.Equal(TicketAnswer.None, await Trackers().AskAsync([Tracker(outside.Address)], Facts, default));
        Assert.Single(outside.All);
        Assert.Empty(inside.All);
    }

    [Theory]
    [InlineData("INC-1", "true", "approved")]
    [InlineData("INC-1", "null", "pending")]
    [InlineData("INC-1", "false", "ticket")]
    [InlineData("nonsense", "true", "ticket")]
    [InlineData("INC-1 or so", "true", "ticket")]
    [InlineData(null, "true", "ticket")]
    public async Task Submit_TicketByPolicy_ConfirmedUnansweredOrRefused(string? ticket, string valid, string expected)
    {
        await using var receiver = await AnsweringAsync($"{{\"valid\": {valid}}}");
        var data = Directory.CreateTempSubdirectory("access-gateway-ticket-").FullName;
        Directory.CreateDirectory(Path.Combine(data, "config"));
        await File.WriteAllTextAsync(Path.Combine(data, "config", "tracker.secret"), "0123456789abcdef\n");
        var documents = WorkflowDocuments.Yaml().Replace(
            "reason: {required: true, minLength: 5}",
            $"ticket: {{required: true, pattern: 'INC-\\d+', confirm: {{url: '{receiver.Address}', allow: [127.0.0.1], secretFile: tracker.secret}} }}", StringComparison.Ordinal);
        await using var gateway = await TestGateway.CreateAsync(documents: documents, data: data);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var outcome = await gateway.TrySubmitAsync(alice, Workflow.Asked() with { Ticket = ticket });
        var said = outcome.Is(out var request, out var refusal) ? request.State.ToString().ToLowerInvariant() : Assert.IsType<Refusal.Invalid>(refusal).Errors.Keys.Single();
        Assert.Equal(expected, said);
    }

    private static TicketTrackers Trackers(FakeTimeProvider? clock = null)
    {
        clock ??= new FakeTimeProvider();
        return new TicketTrackers(new OutboundHttp(clock), clock, NullLogger<TicketTrackers>.Instance);
    }

    private static TicketTracker Tracker(Uri url) => new(url, Encoding.UTF8.GetBytes("0123456789abcdef"), TimeSpan.FromSeconds(3)) { Allow = ["127.0.0.1"] };

    private static async Task<TestReceiver> AnsweringAsync(string body, int status = 200)
    {
        var receiver = await TestReceiver.StartAsync();
        receiver.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };
        return receiver;
    }
}
