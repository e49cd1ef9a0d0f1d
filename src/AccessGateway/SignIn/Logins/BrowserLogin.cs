namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A browser that is signed in. The cookie only names it; whether it still counts stands here.</summary>
internal sealed class BrowserLogin
{
    public static readonly TimeSpan IdleLimit = TimeSpan.FromHours(1);
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(24);

    /// <summary>How exactly <see cref="LastSeenAt"/> is kept, to spare a write on every page.</summary>
    public static readonly TimeSpan SeenGranularity = TimeSpan.FromMinutes(1);

    public required string Id { get; init; }

    public required string UserId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public required string Address { get; init; }

    public required string UserAgent { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<BrowserLogin>
    {
        public void Configure(EntityTypeBuilder<BrowserLogin> builder) =>
            builder.HasOne<User>().WithMany().HasForeignKey(login => login.UserId);
    }
}
