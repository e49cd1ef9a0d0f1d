namespace AccessGateway.Issuance;

using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Keys;
using AccessGateway.Pki;

/// <summary>
/// A CA whose key is in a PKCS #11 token. One signature is made at a time; a token that hangs holds one thread and refuses everybody else in
/// time; after a failure it is opened afresh.
/// </summary>
internal sealed class Pkcs11Signer(SignerDefinition.Pkcs11 definition, TimeProvider clock) : ISigner, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private (Pkcs11SigningKey Key, LocalCa Ca)? _open;

    /// <summary>A self-signed CA certificate in PEM for a key in a token.</summary>
    /// <exception cref="InvalidOperationException">Module, token, PIN or key is not there or not right.</exception>
    public static string CertificateFor(Pkcs11Address address, string name, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = Pkcs11SigningKey.Open(address.Options);
        using var ca = LocalCa.Generate(name, now, lifetime, key.Key);
        return ca.CertificatePem;
    }

    public async Task<Leaf> SignAsync(CheckedCsr csr, LeafTemplate template, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _turn.WaitAsync(either.Token);
            return await Task.Run(() => Sign(csr, template), CancellationToken.None).WaitAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SignerException($"The token '{definition.Key.Token}' did not answer within {Patience.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>Once nobody signs any more.</summary>
    public void Dispose()
    {
        Close();
        _turn.Dispose();
    }

    /// <summary>Has the turn, and gives it back.</summary>
    private Leaf Sign(CheckedCsr csr, LeafTemplate template)
    {
        try
        {
            var (_, ca) = _open ??= Open();
            return ca.Sign(csr, template);
        }
        catch (SignerException e) when (e.InnerException is CryptographicException)
        {
            Close();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private (Pkcs11SigningKey Key, LocalCa Ca) Open()
    {
        Pkcs11SigningKey? key = null;
        try
        {
            key = Pkcs11SigningKey.Open(definition.Key.Options);
            return (key, LocalCa.Import(definition.CertificatePem, key.Key));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            key?.Dispose();
            throw new SignerException($"The CA in the token '{definition.Key.Token}' cannot be used: {e.Message}", e);
        }
    }

    private void Close()
    {
        _open?.Key.Dispose();
        _open = null;
    }
}
