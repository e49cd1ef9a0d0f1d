namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A <c>kubectl access login</c>. All its tokens name it; it begins when its first code is redeemed.</summary>
internal sealed class PluginLogin : Login
{
    public const int MaxDevice = 64;

    /// <summary>Allowed in a browser on the same machine.</summary>
    public const string ByBrowser = "browser";

    /// <summary>Allowed with a code that was typed into a browser elsewhere.</summary>
    public const string ByDevice = "device";

    /// <summary>The host name that the plugin gave: a hint for people, never a proof.</summary>
    public string? Device { get; init; }

    /// <summary><see cref="ByBrowser"/> or <see cref="ByDevice"/>.</summary>
    public required string How { get; init; }

    /// <summary>OpenIddict's authorization; null until the first code is redeemed.</summary>
    public string? AuthorizationId { get; set; }

    /// <summary>The code or refresh token redeemed last: the guard that lets each count once, also of two that come at once.</summary>
    public string? LastRedeemed { get; set; }

    internal new sealed class Configuration : IEntityTypeConfiguration<PluginLogin>
    {
        public void Configure(EntityTypeBuilder<PluginLogin> builder)
        {
            builder.HasBaseType<Login>();
            builder.Property(login => login.Device).HasMaxLength(MaxDevice);
            builder.Property(login => login.How).HasMaxLength(16);
            builder.Property(login => login.AuthorizationId).HasMaxLength(64);
            builder.Property(login => login.LastRedeemed).HasMaxLength(64);
        }
    }
}
