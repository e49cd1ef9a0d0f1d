namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Somebody signed in somewhere, with a browser or with the plugin. Cookies and tokens only name it; whether it still
/// counts stands here, and <see cref="LoginLimits"/> says for how long.</summary>
internal abstract class Login
{
    /// <summary>How exactly <see cref="LastSeenAt"/> is kept, to spare a write on every request.</summary>
    public static readonly TimeSpan SeenGranularity = TimeSpan.FromMinutes(1);

    public required string Id { get; init; }

    public required string UserId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Where it began.</summary>
    public required string Address { get; init; }

    /// <summary>Where it was last seen, if it was seen since.</summary>
    public string? SeenFrom { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Login>
    {
        public void Configure(EntityTypeBuilder<Login> builder)
        {
            builder.ToTable("Logins").HasDiscriminator<string>("Kind").HasValue<BrowserLogin>("browser").HasValue<PluginLogin>("plugin").HasValue<MachineLogin>("machine");
            builder.Property<string>("Kind").HasMaxLength(16);
            builder.HasOne<User>().WithMany().HasForeignKey(login => login.UserId);
            builder.HasIndex(login => login.EndedAt);
            builder.HasIndex(login => login.LastSeenAt);
        }
    }
}
