namespace AccessGateway.Persistence;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Keys;
using AccessGateway.KubeCalls;
using AccessGateway.Notifications;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

/// <summary>Everything the gateway must not forget. The mapping of each entity stands beside the entity.</summary>
internal sealed class GatewayDbContext(DbContextOptions<GatewayDbContext> options) : DbContext(options)
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Enrolment> Enrolments => Set<Enrolment>();

    public DbSet<TotpFactor> TotpFactors => Set<TotpFactor>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<FailedAttempts> FailedAttempts => Set<FailedAttempts>();

    public DbSet<StepUpProof> StepUpProofs => Set<StepUpProof>();

    public DbSet<Login> Logins => Set<Login>();

    public DbSet<PluginLogin> PluginLogins => Set<PluginLogin>();

    public DbSet<MachineLogin> MachineLogins => Set<MachineLogin>();

    public DbSet<MachineGrant> MachineGrants => Set<MachineGrant>();

    public DbSet<DevicePoll> DevicePolls => Set<DevicePoll>();

    public DbSet<WriteLock> WriteLocks => Set<WriteLock>();

    public DbSet<StepUpPrompt> StepUpPrompts => Set<StepUpPrompt>();

    public DbSet<Passkey> Passkeys => Set<Passkey>();

    public DbSet<SpentChallenge> SpentChallenges => Set<SpentChallenge>();

    public DbSet<FactorOffer> FactorOffers => Set<FactorOffer>();

    public DbSet<AddressFailures> AddressFailures => Set<AddressFailures>();

    public DbSet<FormerEmail> FormerEmails => Set<FormerEmail>();

    public DbSet<Notice> Notices => Set<Notice>();

    public DbSet<ProviderIdentity> ProviderIdentities => Set<ProviderIdentity>();

    public DbSet<PendingSignIn> PendingSignIns => Set<PendingSignIn>();

    public DbSet<AccessRequest> AccessRequests => Set<AccessRequest>();

    public DbSet<RequestedCluster> RequestedClusters => Set<RequestedCluster>();

    public DbSet<Review> Reviews => Set<Review>();

    public DbSet<AfterReview> AfterReviews => Set<AfterReview>();

    public DbSet<RequestComment> RequestComments => Set<RequestComment>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<IssuedLeaf> Leaves => Set<IssuedLeaf>();

    public DbSet<KubeCall> KubeCalls => Set<KubeCall>();

    public DbSet<TrustAnchor> TrustAnchors => Set<TrustAnchor>();

    public DbSet<Notification> Notifications => Set<Notification>();

    public DbSet<NotifierProgress> NotifierProgress => Set<NotifierProgress>();

    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();

    public DbSet<DataKey> DataKeys => Set<DataKey>();

    public DbSet<Secret> Secrets => Set<Secret>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>Adds rows at once, into the transaction that is open, for who adds so many that keeping track of them costs.</summary>
    /// <exception cref="DbUpdateException">One of them cannot be written.</exception>
    public Task AppendAsync(IReadOnlyList<IAppended> rows, CancellationToken cancellationToken) =>
        Appended.WriteAsync(this, rows, this.GetService<ISqlGenerationHelper>(), cancellationToken);

    /// <inheritdoc cref="IAppended"/>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var appended = Appended.Take(this);
        if (appended.Count == 0)
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        try
        {
            await using var transaction = Database.CurrentTransaction is null ? await Database.BeginTransactionAsync(cancellationToken) : null;
            // What they refer to comes first.
            var saved = await base.SaveChangesAsync(acceptAllChangesOnSuccess: false, cancellationToken);
            await AppendAsync(appended, cancellationToken);
            if (transaction is not null)
                await transaction.CommitAsync(cancellationToken);
            if (acceptAllChangesOnSuccess)
                ChangeTracker.AcceptAllChanges();
            return saved + appended.Count;
        }
        catch (Exception)
        {
            // As after any save that failed: whoever saves again writes them.
            AddRange(appended);
            throw;
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(GatewayDbContext).Assembly, type => type.IsNestedAssembly);
        SealedColumns.Map(modelBuilder);
        modelBuilder.UseOpenIddict();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<TimeSpan>().HaveConversion<DurationConverter>();
    }
}
