namespace AccessGateway.Notifications;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A row of the outbox: one event that one notifier tells one recipient. What it says is made from the event when it is
/// sent.</summary>
internal sealed class Notification
{
    /// <summary>The same at every attempt, so that a receiver can tell a repetition: <c>webhook-id</c>, part of the Message-ID.</summary>
    public required string Id { get; init; }

    public required string Notifier { get; init; }

    public required long EventIndex { get; init; }

    /// <summary>A mail address; empty where the notifier has one receiver.</summary>
    public required string Recipient { get; init; }

    /// <summary>Whose address it is, if anybody's here.</summary>
    public string? UserId { get; init; }

    /// <summary>Whether it goes to them for their verdict alone: then it is not sent when the verdict is not needed any more.</summary>
    public bool AsksForVerdict { get; init; }

    /// <summary>What it is about: rows of one recipient about the same are sent in order.</summary>
    public string? About { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required NotificationState State { get; set; }

    /// <summary>How many attempts have failed.</summary>
    public int Failures { get; set; }

    public required DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>Who is sending it; null for nobody.</summary>
    public string? ClaimId { get; set; }

    /// <summary>After this the claim counts no more: its holder is dead.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>When it was delivered, given up or dropped.</summary>
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Why the last attempt failed; for operators, without secrets.</summary>
    public string? LastError { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Notification>
    {
        public void Configure(EntityTypeBuilder<Notification> builder)
        {
            builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
            builder.Property(row => row.Notifier).HasMaxLength(63);
            builder.Property(row => row.Recipient).HasMaxLength(254);
            builder.HasIndex(row => new { row.Notifier, row.EventIndex, row.Recipient }).IsUnique();
            builder.HasIndex(row => new { row.Notifier, row.State, row.NextAttemptAt });
            builder.HasIndex(row => new { row.About, row.State });
            builder.HasIndex(row => row.SettledAt);
        }
    }
}

/// <summary>What became of it.</summary>
internal enum NotificationState
{
    /// <summary>To be sent, or to be tried again.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Refused for good, or not taken within a day.</summary>
    GivenUp,

    /// <summary>Nobody needs it any more.</summary>
    Dropped,
}
