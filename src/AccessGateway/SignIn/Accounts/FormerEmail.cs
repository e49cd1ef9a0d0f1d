namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Where mail reached a user before their address was changed: whoever is robbed of an account's mail reads of it there. Kept
/// until the change has been told, and in no log.</summary>
internal sealed class FormerEmail
{
    public required string Id { get; init; }

    public required string UserId { get; init; }

    public required string Address { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<FormerEmail>
    {
        public void Configure(EntityTypeBuilder<FormerEmail> builder)
        {
            builder.HasOne<User>().WithMany().HasForeignKey(former => former.UserId);
            builder.Property(former => former.Address).HasMaxLength(254);
            builder.HasIndex(former => new { former.UserId, former.ChangedAt });
            builder.HasIndex(former => former.ChangedAt);
        }
    }
}
