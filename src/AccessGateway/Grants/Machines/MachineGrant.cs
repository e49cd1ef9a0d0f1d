namespace AccessGateway.Grants;

using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A grant that a ServiceAccount activated, and the login it did so with: what that login's token was made for must stay.</summary>
internal sealed class MachineGrant
{
    public required string GrantId { get; init; }

    public required string LoginId { get; init; }

    /// <summary>When the cluster last said that all of it is still there; kept, so that a restart forgets nothing.</summary>
    public required DateTimeOffset ConfirmedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<MachineGrant>
    {
        public void Configure(EntityTypeBuilder<MachineGrant> builder)
        {
            builder.HasKey(row => row.GrantId);
            builder.HasOne<Grant>().WithOne().HasForeignKey<MachineGrant>(row => row.GrantId);
            builder.HasOne<MachineLogin>().WithMany().HasForeignKey(row => row.LoginId);
        }
    }
}
