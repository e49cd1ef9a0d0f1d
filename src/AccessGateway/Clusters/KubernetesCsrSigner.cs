namespace AccessGateway.Clusters;

using System.Text;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>
/// Signs through the cluster's own certificates API, signer <c>kubernetes.io/kube-apiserver-client</c>: create, approve, fetch, and
/// clean up. That signer takes the subject from the CSR, so the CSR must carry exactly the grant's; and it makes nothing that
/// lives under ten minutes.
/// </summary>
internal sealed class KubernetesCsrSigner(IKubernetes kubernetes, TimeSpan leafLifetime, TimeProvider clock) : ISigner
{
    /// <summary>The API refuses less, and before Kubernetes 1.22 the controller manager alone decides.</summary>
    public static readonly TimeSpan ShortestLeaf = TimeSpan.FromMinutes(10);

    /// <summary>The cluster counts from when it signs, by its own clock: it is asked for so much less than is left, or the leaf would outlive the grant.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private const string SignerName = "kubernetes.io/kube-apiserver-client";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CleaningPatience = TimeSpan.FromSeconds(3);

    /// <summary>What keeps this CSR from being signed for that leaf; null where nothing does.</summary>
    public static Refusal? Problem(CheckedCsr csr, LeafTemplate template, DateTimeOffset now)
    {
        if (template.NotAfter - now < ShortestLeaf)
            return new Refusal.Invalid(
                $"This cluster's signer makes no leaf for under {DurationText.Format(ShortestLeaf)}, and the grant ends in {DurationText.Format(template.NotAfter - now)}. Ask for a longer grant.",
                new Dictionary<string, string[]>(), ProblemCodes.GrantTooShort);
        return csr.HasOnlyCommonNameAndOrganizations && csr.CommonName == template.CommonName && csr.Organizations is [var organization] && organization == template.Organization
            ? null
            : new Refusal.Invalid(
                $"For this cluster the CSR's subject must be exactly O={template.Organization}, CN={template.CommonName}.",
                new Dictionary<string, string[]> { ["csr"] = ["has another subject than the grant."] }, ProblemCodes.CsrRefused);
    }

    /// <summary>When the next leaf must be asked for: while enough is left of the grant for one that ends with it. Null where this leaf does, and where
    /// there is time for more than one.</summary>
    public static DateTimeOffset? RenewAfter(DateTimeOffset leafEnd, DateTimeOffset grantEnd, DateTimeOffset now)
    {
        var last = grantEnd - ShortestLeaf - Margin;
        return grantEnd - leafEnd > Margin * 2 && grantEnd - leafEnd < ShortestLeaf && last > now ? last : null;
    }

    public async Task<Leaf> SignAsync(CheckedCsr csr, LeafTemplate template, CancellationToken cancellationToken)
    {
        var name = Identifier.New("jit");
        // For all of it: a request that is not answered is no bug of ours, and whoever waits is told so.
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var created = await kubernetes.CertificatesV1.CreateCertificateSigningRequestAsync(Request(name, csr, template), cancellationToken: either.Token);
            created.Status = new V1CertificateSigningRequestStatus
            {
                Conditions =
                [
                    new V1CertificateSigningRequestCondition
                    {
                        Type = "Approved",
                        Status = "True",
                        Reason = "AccessGatewayGrant",
                        Message = $"Issued for {template.Organization}.",
                    },
                ],
            };
            await kubernetes.CertificatesV1.ReplaceCertificateSigningRequestApprovalAsync(created, name, cancellationToken: either.Token);
            return Leaf.Parse(await FetchAsync(name, either.Token));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SignerException($"The cluster signed nothing within {DurationText.Format(Patience)}: its API server does not answer, or its controller manager does not sign.", e);
        }
        catch (HttpOperationException e)
        {
            throw new SignerException($"The certificates API answered {(int)e.Response.StatusCode}.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or FormatException)
        {
            throw new SignerException(e.Message, e);
        }
        finally
        {
            await ForgetAsync(name);
        }
    }

    private V1CertificateSigningRequest Request(string name, CheckedCsr csr, LeafTemplate template) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1CertificateSigningRequestSpec
        {
            Request = Encoding.ASCII.GetBytes(csr.ToPem()),
            SignerName = SignerName,
            Usages = ["client auth", "digital signature"],
            // Known since Kubernetes 1.22; before, the controller manager alone decides.
            ExpirationSeconds = (int)Lifetime(template.NotAfter - clock.GetUtcNow() - Margin).TotalSeconds,
        },
    };

    /// <summary>All that is left where no other leaf would fit behind this one.</summary>
    private TimeSpan Lifetime(TimeSpan left)
    {
        var usual = leafLifetime > ShortestLeaf ? leafLifetime : ShortestLeaf;
        var asked = left - usual < ShortestLeaf ? left : usual;
        return asked > ShortestLeaf ? asked : ShortestLeaf;
    }

    private async Task<string> FetchAsync(string name, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            var request = await kubernetes.CertificatesV1.ReadCertificateSigningRequestAsync(name, cancellationToken: cancellationToken);
            if (request.Status?.Certificate is { Length: > 0 } certificate)
                return Encoding.ASCII.GetString(certificate);
            if (request.Status?.Conditions?.FirstOrDefault(condition => condition.Type is "Denied" or "Failed") is { } refused)
                throw new SignerException($"The cluster refused: {refused.Reason} {refused.Message}");
            await Task.Delay(wait, clock, cancellationToken);
            wait = wait * 2 < TimeSpan.FromMilliseconds(500) ? wait * 2 : TimeSpan.FromMilliseconds(500);
        }
    }

    /// <summary>What cannot be deleted now, or was not because the gateway died, the cluster's own garbage collector deletes: what is approved
    /// or signed after an hour, what is not after a day. It holds no secret, and its certificate is of no use without the key and the binding.</summary>
    private async Task ForgetAsync(string name)
    {
        using var patience = new CancellationTokenSource(CleaningPatience, clock);
        try
        {
            await kubernetes.CertificatesV1.DeleteCertificateSigningRequestAsync(name, cancellationToken: patience.Token);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
        }
    }
}
