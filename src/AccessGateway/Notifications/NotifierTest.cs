namespace AccessGateway.Notifications;

using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.Extensions.Options;

/// <summary>Sends a message at once, past the outbox, to see whether a notifier's way works.</summary>
internal sealed class NotifierTest(GatewayDocuments documents, Channels channels, IOptions<GatewayOptions> gateway, TimeProvider clock)
{
    /// <param name="recipient">For mail: an address; those that the document names where null.</param>
    public async Task<Outcome<List<TestSending>>> SendAsync(string name, string? recipient, CancellationToken cancellationToken)
    {
        if (documents.Notifiers.FirstOrDefault(notifier => notifier.Name == name) is not { } notifier)
            return new Refusal.NotFound($"There is no notifier '{name}'.");
        IReadOnlyList<string> recipients = notifier.Channel is not ChannelDefinition.Email { To: var to } ? [""] : recipient is null ? to.Addresses : [recipient];
        if (recipients.Count == 0)
            return new Refusal.Invalid("to", $"'{name}' names no addresses; say to whom the test goes.");
        if (recipient is not null && (Names.EmailProblem(recipient) ?? (notifier.Channel is ChannelDefinition.Email ? null : $"'{name}' sends no mail.")) is { } problem)
            return new Refusal.Invalid("to", problem);

        var message = Messages.Test(name, gateway.Value.PublicUrl, clock.GetUtcNow());
        var results = new List<TestSending>();
        await foreach (var (sent, result) in channels.For(notifier.Channel).SendAsync([.. recipients.Select(address => new Outgoing(Identifier.New("nf"), address, message))], cancellationToken))
            results.Add(new TestSending(sent.Recipient.Length > 0 ? sent.Recipient : name, result switch { SendResult.Failed failed => failed.Error, SendResult.Refused refused => refused.Error, _ => null }));
        return results;
    }
}

/// <summary>What became of a test message.</summary>
/// <param name="Error">Null where it was taken.</param>
internal sealed record TestSending(string Recipient, string? Error);
