namespace AccessGateway.Clusters;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Pki;

/// <summary>Whether the API server accepts what the cluster's signer signs.</summary>
internal sealed class SignerProbe(TrustCheck trust, IClusterSigners signers)
{
    /// <param name="issue">Whether to have a cluster that signs itself make a certificate, which leaves a trace there.</param>
    public async Task<ClusterCheckView> ProbeAsync(ClusterDefinition cluster, bool issue, CancellationToken cancellationToken)
    {
        var itself = cluster.Signer is SignerDefinition.KubernetesCsr;
        if (itself && !issue)
            return Checked.Unknown(ClusterCheckNames.Signer, "the cluster signs itself; whether its controller manager does was not tried", $"access-gateway clusters check {cluster.Name} --issue makes one CertificateSigningRequest and removes it.");
        try
        {
            var signer = await signers.ForAsync(cluster, cancellationToken);
            var problem = await trust.ProblemAsync(cluster, signer, cancellationToken, itself ? KubernetesCsrSigner.ShortestLeaf + TimeSpan.FromMinutes(1) : null);
            return problem is null
                ? Checked.Ok(ClusterCheckNames.Signer, itself ? "the cluster signs, and accepts what it signed" : $"the API server accepts leaves of the CA{Ends(cluster.Signer, signer)}")
                : Checked.Failed(ClusterCheckNames.Signer, $"leaves are of no use: {problem}", itself ? "See the rights, and the controller manager's log." : Trust(cluster));
        }
        catch (SignerException e)
        {
            return Checked.Failed(ClusterCheckNames.Signer, e.Message, itself ? "See the rights, and the controller manager's log." : "Without a signer nobody gets a leaf; see spec.signer.");
        }
    }

    private static string Trust(ClusterDefinition cluster) => cluster.Signer is SignerDefinition.LocalCa { CertificatePem: null }
        ? $"Put what access-gateway ca show {cluster.Name} prints into the file that --client-ca-file of every API server names."
        : "Put the signer's certificate into the file that --client-ca-file of every API server names.";

    private static string Ends(SignerDefinition definition, ISigner signer) => EndOf(definition, signer) is { } end ? $", which ends on {end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : "";

    private static DateTimeOffset? EndOf(SignerDefinition definition, ISigner signer) => (definition, signer) switch
    {
        (_, LocalCa ca) => ca.NotAfter,
        (SignerDefinition.Pkcs11 { CertificatePem: var pem }, _) => CaCertificate.Read(pem).NotAfter,
        _ => null,
    };
}
