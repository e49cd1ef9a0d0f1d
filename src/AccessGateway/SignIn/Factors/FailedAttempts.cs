namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>How often an account's password or code was tried in vain since the last success; kept for unknown names too (I6).</summary>
internal sealed class FailedAttempts
{
    /// <summary>The account's name as stored, whatever case was typed.</summary>
    public required string Name { get; init; }

    public required int Count { get; set; }

    public DateTimeOffset? LockedUntil { get; set; }

    /// <summary>When the newest was counted. What rests for a day is forgotten, so that tried names do not pile up.</summary>
    public required DateTimeOffset LastAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<FailedAttempts>
    {
        public void Configure(EntityTypeBuilder<FailedAttempts> builder)
        {
            builder.HasKey(attempts => attempts.Name);
            builder.HasIndex(attempts => attempts.LastAt);
        }
    }
}
