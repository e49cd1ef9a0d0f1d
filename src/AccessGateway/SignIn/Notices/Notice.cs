namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Something that a user must be told about their account; shown on every page of the portal until they say that they read it.</summary>
internal sealed class Notice
{
    public required string Id { get; init; }

    public required string UserId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>A sentence or two; may carry a name that the user gave.</summary>
    public required string Text { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<Notice>
    {
        public void Configure(EntityTypeBuilder<Notice> builder)
        {
            builder.HasOne<User>().WithMany().HasForeignKey(notice => notice.UserId);
            builder.HasIndex(notice => new { notice.UserId, notice.At });
        }
    }
}
