namespace AccessGateway.Notifications;

using System.Runtime.CompilerServices;
using MimeKit;
using MimeKit.Utils;

/// <summary>Hands mail to a mail server: one connection a batch, one message a recipient.</summary>
internal sealed class EmailChannel(ChannelDefinition.Email email, string gatewayHost, TimeProvider clock) : IChannel
{
    public async IAsyncEnumerable<(Outgoing Sent, SendResult Result)> SendAsync(IReadOnlyList<Outgoing> batch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var connection = new SmtpConnection(email.Smtp, clock);
        var unreachable = await connection.TryOpenAsync(cancellationToken);
        foreach (var message in batch)
        {
            var result = unreachable ?? await connection.SendAsync(MimeOf(message), cancellationToken);
            yield return (message, result);
            if (result is SendResult.Failed { EndsBatch: true })
                yield break;
        }

        await connection.CloseAsync(cancellationToken);
    }

    /// <summary>Plain text, marked as written by no person. MimeKit encodes the headers; the texts hold no line ends in any case.</summary>
    private MimeMessage MimeOf(Outgoing sent)
    {
        var mime = new MimeMessage
        {
            Subject = sent.Message.Title,
            Date = sent.Message.Envelope.Time,
            MessageId = $"{sent.Id}@{gatewayHost}",
            Body = new TextPart("plain") { Text = sent.Message.Text },
        };
        mime.From.Add(new MailboxAddress("AccessGateway", email.From));
        mime.To.Add(new MailboxAddress("", sent.Recipient));
        mime.Headers.Add("Auto-Submitted", "auto-generated");
        // Mail programs put what is about one request together.
        if (sent.Message.Envelope.Subject is { } about)
            mime.Headers.Add(HeaderId.References, MimeUtils.ParseMessageId($"<{about}@{gatewayHost}>") is { } thread ? $"<{thread}>" : "");
        return mime;
    }
}
