namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>One access token of a machine, and where the machine ran that got it. There is no refresh token: it proves itself anew.</summary>
internal sealed class MachineLogin : Login
{
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The ServiceAccount as its cluster knew it; null for a client.</summary>
    public ServiceAccountIdentity? ServiceAccount { get; init; }

    internal new sealed class Configuration : IEntityTypeConfiguration<MachineLogin>
    {
        public void Configure(EntityTypeBuilder<MachineLogin> builder)
        {
            builder.HasBaseType<Login>();
            builder.OwnsOne(login => login.ServiceAccount, account =>
            {
                account.Property(of => of.Cluster).HasMaxLength(63);
                account.Property(of => of.Namespace).HasMaxLength(63);
                account.Property(of => of.Name).HasMaxLength(253);
                account.Property(of => of.Uid).HasMaxLength(64);
                account.Property(of => of.PodName).HasMaxLength(253);
                account.Property(of => of.PodUid).HasMaxLength(64);
            });
        }
    }
}
