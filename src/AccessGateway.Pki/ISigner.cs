namespace AccessGateway.Pki;

/// <summary>Whatever makes leaves: a CA that the gateway holds, or a cluster's own signer.</summary>
public interface ISigner
{
    /// <summary>Signs a client certificate for the template's names and the request's public key.</summary>
    /// <param name="csr">Gives the public key; its names and attributes have no effect.</param>
    /// <param name="template">Gives the names and the validity.</param>
    /// <returns>A leaf for which <see cref="Leaf.Mismatch"/> finds nothing.</returns>
    /// <exception cref="SignerException">There is no leaf: the signer refuses or fails.</exception>
    Task<Leaf> SignAsync(CheckedCsr csr, LeafTemplate template, CancellationToken cancellationToken);
}
