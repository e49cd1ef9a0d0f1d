namespace AccessGateway.Tests.AccessRequests;

using System.Net;
using System.Text;
using AccessGateway.AccessRequests;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.Testing;
using AccessGateway.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

public sealed class TicketTrackersTests
{
    private static readonly TicketTracker Tracker = new(new Uri("https://tracker.example/confirm"), Encoding.UTF8.GetBytes("0123456789abcdef"), TimeSpan.FromSeconds(5));
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
        using var wire = new Wire { Answer = () => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) } };
        Assert.Equal(expected, (await Trackers(wire).AskAsync([Tracker], Facts, default)).ToString());
        Assert.Equal(TicketTrackers.Sign(Tracker.Secret, wire.Sent[TicketTrackers.TimestampHeader], wire.Sent["body"]), wire.Sent[TicketTrackers.SignatureHeader]);
    }

    [Fact]
    public async Task Ask_HugeAnswerOrNoneAtAll_None()
    {
        using var wire = new Wire { Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{\"valid\": true" + new string(' ', 5000) + "}") } };
        Assert.Equal(TicketAnswer.None, await Trackers(wire).AskAsync([Tracker], Facts, default));
        wire.Answer = () => throw new HttpRequestException("down");
        Assert.Equal(TicketAnswer.None, await Trackers(wire).AskAsync([Tracker], Facts, default));
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
        using var wire = new Wire { Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent($"{{\"valid\": {valid}}}") } };
        var data = Directory.CreateTempSubdirectory("access-gateway-ticket-").FullName;
        Directory.CreateDirectory(Path.Combine(data, "config"));
        await File.WriteAllTextAsync(Path.Combine(data, "config", "tracker.secret"), "0123456789abcdef\n");
        var documents = WorkflowDocuments.Yaml().Replace(
            "reason: {required: true, minLength: 5}",
            "ticket: {required: true, pattern: 'INC-\\d+', confirm: {url: 'https://tracker.example/confirm', secretFile: tracker.secret} }", StringComparison.Ordinal);
        await using var gateway = await TestGateway.CreateAsync(documents: documents, data: data, configure: services => services.Replace(ServiceDescriptor.Singleton<IHttpClientFactory>(wire)));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var outcome = await gateway.TrySubmitAsync(alice, Workflow.Asked() with { Ticket = ticket });
        var said = outcome.Is(out var request, out var refusal) ? request.State.ToString().ToLowerInvariant() : Assert.IsType<Refusal.Invalid>(refusal).Errors.Keys.Single();
        Assert.Equal(expected, said);
    }

    private static TicketTrackers Trackers(Wire wire) => new(wire, new FakeTimeProvider(), NullLogger<TicketTrackers>.Instance);
}
