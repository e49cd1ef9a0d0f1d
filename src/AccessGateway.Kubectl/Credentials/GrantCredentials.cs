namespace AccessGateway.Kubectl.Credentials;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.LocalFiles;

/// <summary>
/// A grant's credential: from the cache, or issued by whoever holds the grant's lock. However many ask at once, one of them
/// calls the gateway. While the old leaf still holds, nobody waits for the one who renews, and an outage goes unnoticed.
/// </summary>
internal sealed class GrantCredentials(PluginEnvironment environment, Func<GatewayClient> gateway)
{
    private static readonly TimeSpan LargestMargin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryAfterOutage = TimeSpan.FromSeconds(10);
    private const int MarginShare = 5;

    private readonly PluginPaths _paths = environment.Paths;

    private long Now => environment.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <param name="replaceKey">Whether a person waits, who may prove that the grant is to be used from here, and no longer from where it was.</param>
    public async Task<CachedCredential> GetAsync(string grantId, bool replaceKey, CancellationToken cancellation)
    {
        var path = _paths.CredentialFile(grantId);
        var cached = CachedCredential.Read(path);
        if (cached?.IsFresh(Now) == true)
            return cached;

        var mayGoOnWithOld = cached?.IsUsable(Now) == true;
        using var held = mayGoOnWithOld
            ? FileLock.TryTake(_paths.CredentialLock(grantId))
            : await FileLock.TakeAsync(_paths.CredentialLock(grantId), environment.Time, cancellation);
        if (held is null)
            return cached!;

        cached = CachedCredential.Read(path);
        if (cached?.IsFresh(Now) == true)
            return cached;
        return await RenewAsync(grantId, cached, replaceKey, cancellation);
    }

    /// <summary>For a grant that is over, or given away.</summary>
    public void Forget(string grantId) => PrivateFile.Delete(_paths.CredentialFile(grantId));

    public void ForgetAll()
    {
        if (!Directory.Exists(_paths.CredentialsFolder))
            return;
        foreach (var file in Directory.EnumerateFiles(_paths.CredentialsFolder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            File.Delete(file);
    }

    public static GrantFacts ReadFacts(CachedCredential credential) =>
        TryReadFacts(credential) ?? throw new CommandFailedException("the cached credential is damaged");

    private async Task<CachedCredential> RenewAsync(string grantId, CachedCredential? cached, bool replaceKey, CancellationToken cancellation)
    {
        var facts = cached is null ? null : TryReadFacts(cached);
        try
        {
            facts ??= await BeginAsync(grantId, cancellation);
            var asked = environment.Time.GetUtcNow();
            var answer = await IssueAsync(grantId, facts, replaceKey, cancellation);
            return Keep(grantId, facts with { Server = answer.Server, CertificateAuthority = answer.CertificateAuthority }, answer, asked);
        }
        catch (CommandFailedException e) when (LeavesTheOldOne(e) && cached?.IsUsable(Now) == true && facts is not null)
        {
            return GoOnWith(grantId, cached, facts);
        }
        catch (GatewayRefusedException e) when (e.Status == 409)
        {
            throw await ExplainEndAsync(grantId, e, cancellation);
        }
    }

    private async Task<CredentialResponse> IssueAsync(string grantId, GrantFacts facts, bool replaceKey, CancellationToken cancellation)
    {
        try
        {
            return await gateway().CredentialAsync(grantId, facts.MakeCsr(grantId), mayStepUp: false, cancellation);
        }
        catch (GatewayRefusedException e) when (e.Problem.Code == ProblemCodes.StepUpRequired)
        {
            if (!replaceKey)
                throw new CommandFailedException($"grant {grantId} is used from another computer; to use it from here, and no longer from there, run: kubectl access use {grantId}");
            await environment.Error.WriteLineAsync($"Grant {grantId} was used from another computer. Prove that it is you, and it moves here.");
            return await gateway().CredentialAsync(grantId, facts.MakeCsr(grantId), mayStepUp: true, cancellation);
        }
    }

    /// <summary>An outage, or a signer that makes no leaf as short as what is left of the grant.</summary>
    private static bool LeavesTheOldOne(CommandFailedException e) =>
        e is GatewayOutageException or GatewayRefusedException { Problem.Code: ProblemCodes.GrantTooShort };

    /// <summary>Makes the grant's key and stores it before anybody else learns of it.</summary>
    private async Task<GrantFacts> BeginAsync(string grantId, CancellationToken cancellation)
    {
        var grant = await gateway().GrantAsync(grantId, cancellation);
        if (grant.State != GrantState.Active)
            throw Ended(grant);
        var facts = GrantFacts.WithNewKey(grant.Subject, grant.Cluster);
        new CachedCredential(0, 0, ReadOnlyMemory<byte>.Empty, Serialize(facts)).Write(_paths.CredentialFile(grantId));
        return facts;
    }

    private CachedCredential Keep(string grantId, GrantFacts facts, CredentialResponse answer, DateTimeOffset asked)
    {
        var lifetime = answer.NotAfter - asked;
        if (lifetime <= TimeSpan.Zero)
            throw new CommandFailedException("the gateway issued a credential that has ended already; do the clocks differ? kubectl access doctor tells");
        var share = lifetime / MarginShare;
        var renewAfter = answer.NotAfter - (share < LargestMargin ? share : LargestMargin);
        // The cluster's signer may make no leaf for as little as is left then.
        if (answer.RenewAfter < renewAfter)
            renewAfter = answer.RenewAfter.Value;
        return Store(grantId, facts, answer.Certificate, renewAfter, answer.NotAfter.ToUnixTimeSeconds());
    }

    /// <summary>The gateway is away and the leaf is not: use it, and leave the gateway alone for a moment.</summary>
    private CachedCredential GoOnWith(string grantId, CachedCredential cached, GrantFacts facts)
    {
        var ends = DateTimeOffset.FromUnixTimeSeconds(cached.Ends);
        var retry = environment.Time.GetUtcNow() + RetryAfterOutage;
        using var document = JsonDocument.Parse(cached.ExecCredential);
        var certificate = document.RootElement.GetProperty("status").GetProperty("clientCertificateData").GetString()!;
        return Store(grantId, facts, certificate, retry < ends ? retry : ends, cached.Ends);
    }

    private CachedCredential Store(string grantId, GrantFacts facts, string certificate, DateTimeOffset renewAfter, long ends)
    {
        var credential = new CachedCredential(
            renewAfter.ToUnixTimeSeconds(), ends, ExecCredentialJson.Write(certificate, facts.PrivateKey, renewAfter), Serialize(facts));
        credential.Write(_paths.CredentialFile(grantId));
        return credential;
    }

    /// <summary>409 says that the grant's state is in the way: mostly that it is over, of which nothing is kept.</summary>
    private async Task<CommandFailedException> ExplainEndAsync(string grantId, GatewayRefusedException refusal, CancellationToken cancellation)
    {
        var grant = await gateway().GrantAsync(grantId, cancellation);
        return grant.State == GrantState.Active ? refusal : Ended(grant);
    }

    private CommandFailedException Ended(GrantView grant)
    {
        Forget(grant.Id);
        var at = (grant.EndedAt ?? grant.NotAfter).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new($"grant {grant.Id} ended at {at}; ask again with: kubectl access request {grant.Cluster} {grant.Role}");
    }

    private static GrantFacts? TryReadFacts(CachedCredential cached)
    {
        try
        {
            return JsonSerializer.Deserialize(cached.Facts.Span, PluginJson.Default.GrantFacts);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Serialize(GrantFacts facts) => JsonSerializer.SerializeToUtf8Bytes(facts, PluginJson.Default.GrantFacts);
}
