namespace AccessGateway.Notifications;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>How far a notifier has come, for all replicas.</summary>
internal sealed class NotifierProgress
{
    public required string Name { get; init; }

    /// <summary>The last event that was looked at. It moves in the transaction that writes the outbox rows of the events before it.</summary>
    public required long Cursor { get; set; }

    /// <summary>How many attempts in a row failed because of the receiver as a whole.</summary>
    public int Failures { get; set; }

    /// <summary>Until when it is left alone after failures.</summary>
    public DateTimeOffset? PausedUntil { get; set; }

    public DateTimeOffset? LastSuccessAt { get; set; }

    public DateTimeOffset? LastFailureAt { get; set; }

    /// <summary>For operators, without secrets.</summary>
    public string? LastError { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<NotifierProgress>
    {
        public void Configure(EntityTypeBuilder<NotifierProgress> builder)
        {
            builder.HasKey(row => row.Name);
            builder.Property(row => row.Name).HasMaxLength(63);
        }
    }
}
