namespace AccessGateway.Notifications;

/// <summary>Something that carries messages to one receiver.</summary>
internal interface IChannel
{
    /// <summary>Sends in order and gives each result as it is known. After one that ends the batch nothing more is tried.</summary>
    IAsyncEnumerable<(Outgoing Sent, SendResult Result)> SendAsync(IReadOnlyList<Outgoing> batch, CancellationToken cancellationToken);
}

/// <summary>A message on its way.</summary>
/// <param name="Id">The same at every attempt.</param>
/// <param name="Recipient">A mail address, or empty.</param>
internal sealed record Outgoing(string Id, string Recipient, Message Message);

/// <summary>How an attempt ended.</summary>
internal abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>The receiver took it.</summary>
    internal sealed record Delivered : SendResult;

    /// <summary>Nobody needs it any more; it was not sent.</summary>
    internal sealed record NotNeeded : SendResult;

    /// <summary>Never to be tried again.</summary>
    internal sealed record Refused(string Error) : SendResult;

    /// <summary>To be tried again later.</summary>
    /// <param name="EndsBatch">Whether the receiver as a whole is in trouble, so that it is left alone for a while.</param>
    /// <param name="RetryAfter">How long the receiver asked to be left alone.</param>
    internal sealed record Failed(string Error, bool EndsBatch, TimeSpan? RetryAfter = null) : SendResult;
}
