namespace AccessGateway.Pki;

/// <summary>What reading a certificate signing request came to. Closed: it is one of the two below.</summary>
public abstract record CsrResult
{
    private CsrResult()
    {
    }

    /// <summary>The request keeps every rule, and who made it holds the private key.</summary>
    /// <param name="Csr">The request.</param>
    public sealed record Accepted(CheckedCsr Csr) : CsrResult;

    /// <summary>The request breaks a rule.</summary>
    /// <param name="Reason">A sentence for whoever sent it. Nothing of the request is quoted but object identifiers and sizes.</param>
    public sealed record Refused(string Reason) : CsrResult;
}
