namespace AccessGateway.Policy;

using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

/// <summary>What a request's ticket must be.</summary>
/// <param name="Pattern">Must match the whole ticket; made without backtracking.</param>
/// <param name="Confirm">The tracker that is asked about it; null: none is.</param>
internal sealed record TicketRule(bool Required, Regex? Pattern, TicketTracker? Confirm)
{
    public static readonly TicketRule Optional = new(Required: false, Pattern: null, Confirm: null);

    /// <summary>Null where nothing stands against the ticket.</summary>
    public string? Problem(string? ticket, TicketAnswer answer)
    {
        var text = ticket?.Trim() ?? "";
        if (text.Length == 0)
            return Required ? "A ticket is required." : null;
        if (Pattern is not null && !(Pattern.Match(text) is { Success: true, Index: 0 } match && match.Length == text.Length))
            return $"The ticket must match {Pattern}.";
        return Confirm is not null && answer == TicketAnswer.Refused ? "The tracker does not take this ticket." : null;
    }

    /// <summary>Whether it lets policy approve by itself: a tracker that was not asked, or did not answer, keeps it from that.</summary>
    public bool LetsApprove(TicketAnswer answer) => Confirm is null || answer == TicketAnswer.Confirmed;
}

/// <summary>A tracker's webhook.</summary>
/// <param name="Secret">The key of the HMAC-SHA-256 over what is sent.</param>
/// <param name="Timeout">1 s to 10 s.</param>
internal sealed record TicketTracker(Uri Url, byte[] Secret, TimeSpan Timeout)
{
    /// <summary>Private hosts and addresses that it may lie on.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>The only CAs that count for it; the system's where null.</summary>
    public X509Certificate2Collection? CertificateAuthority { get; init; }
}

/// <summary>What the trackers said to a ticket.</summary>
internal enum TicketAnswer
{
    /// <summary>Nothing: nobody asked, or one did not answer.</summary>
    None,

    /// <summary>Every one of them confirmed it.</summary>
    Confirmed,

    /// <summary>One of them said no.</summary>
    Refused,
}
