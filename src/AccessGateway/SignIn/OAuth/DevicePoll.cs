namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>How often a device may ask whether its log-in was allowed (RFC 8628, 3.5); OpenIddict leaves that to us.</summary>
internal sealed class DevicePoll
{
    /// <summary>Between two polls, and what each poll that comes too early adds to it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>OpenIddict's id of the device code.</summary>
    public required string DeviceCodeId { get; init; }

    public required DateTimeOffset LastAt { get; set; }

    public required TimeSpan Pause { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<DevicePoll>
    {
        public void Configure(EntityTypeBuilder<DevicePoll> builder)
        {
            builder.HasKey(poll => poll.DeviceCodeId);
            builder.Property(poll => poll.DeviceCodeId).HasMaxLength(64);
            builder.HasIndex(poll => poll.LastAt);
        }
    }
}
