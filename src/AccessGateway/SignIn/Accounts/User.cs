namespace AccessGateway.SignIn;

using System.Linq.Expressions;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Somebody with an account, or a machine that signed in: whoever can hold a grant.</summary>
internal sealed class User
{
    public required string Id { get; init; }

    /// <summary>As <see cref="Documents.Names.PersonProblem"/> allows: lower case only, so that it has no alias. A machine's has a
    /// colon, which no person's can.</summary>
    public required string Name { get; init; }

    /// <summary>The groups that administrators gave.</summary>
    public required List<string> Groups { get; set; }

    /// <summary>The groups that the user's provider gave, by its mapping; written at each sign-in and refresh.</summary>
    public List<string> ProviderGroups { get; set; } = [];

    /// <summary>Where mail reaches them, as administrators say; it goes before <see cref="ProviderEmail"/>.</summary>
    public string? Email { get; set; }

    /// <summary>The same as the user's provider says, where it calls the address verified; written at each sign-in.</summary>
    public string? ProviderEmail { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool Disabled { get; set; }

    /// <summary>What kind of machine it is; null for a person.</summary>
    public MachineKind? Machine { get; init; }

    /// <summary>What documents call the machine; null for a person.</summary>
    public string? MachineId { get; init; }

    /// <summary>When a browser was signed in last.</summary>
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>ASP.NET Core Identity's format (PBKDF2); null until enrolled.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>
    /// The newest TOTP time step accepted from this user. It only ever grows, by a guarded write: that is what makes a step count
    /// once, on every replica (I5).
    /// </summary>
    public long LastTotpStep { get; set; }

    /// <summary>Those who can sign in at this moment: with a password, or by a provider.</summary>
    public static Expression<Func<User, bool>> CanSignIn(GatewayDbContext db) =>
        user => !user.Disabled && (user.PasswordHash != null || db.ProviderIdentities.Any(identity => identity.UserId == user.Id));

    /// <summary>Those who administer the gateway, whoever made them; never a machine.</summary>
    public static Expression<Func<User, bool>> Administers { get; } =
        user => user.Machine == null && (user.Groups.Contains(SignIn.Groups.Administrators) || user.ProviderGroups.Contains(SignIn.Groups.Administrators));

    /// <summary>Whether password and factors were chosen.</summary>
    public bool IsEnrolled => PasswordHash is not null;

    /// <summary>Both kinds of groups: what counts.</summary>
    public static IReadOnlyList<string> GroupsOf(List<string> given, List<string> ofProvider) => [.. given.Union(ofProvider, StringComparer.Ordinal)];

    internal sealed class Configuration : IEntityTypeConfiguration<User>
    {
        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.Ignore(user => user.IsEnrolled);
            builder.HasIndex(user => user.Name).IsUnique();
            builder.Property(user => user.Name).HasMaxLength(MachineRules.LongestName);
            builder.Property(user => user.Machine).HasConversion<string>().HasMaxLength(16);
            builder.Property(user => user.MachineId).HasMaxLength(MachineRules.LongestName);
            builder.Property(user => user.Email).HasMaxLength(254);
            builder.Property(user => user.ProviderEmail).HasMaxLength(254);
        }
    }
}
