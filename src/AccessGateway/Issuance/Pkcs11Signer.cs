namespace AccessGateway.Issuance;

using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Keys;
using AccessGateway.Pki;

/// <summary>
/// A CA whose key is in a PKCS #11 token. One signature is made at a time; a token that hangs holds one thread, and everybody else is refused,
/// at once when that is known; after a failure it is opened afresh.
/// </summary>
internal sealed class Pkcs11Signer(SignerDefinition.Pkcs11 definition, TimeProvider clock) : ISigner, IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const long Nothing = -1;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private (Pkcs11SigningKey Key, LocalCa Ca)? _open;

    /// <summary>Timestamp of when the token was asked for what it has not answered yet.</summary>
    private long _askedAt = Nothing;

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
        if (Interlocked.Read(ref _askedAt) is var asked && asked != Nothing && clock.GetElapsedTime(asked) >= Patience)
            throw Silent(null);
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _turn.WaitAsync(either.Token);
            return await Task.Run(() => Sign(csr, template), CancellationToken.None).WaitAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Silent(e);
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
        Interlocked.Exchange(ref _askedAt, clock.GetTimestamp());
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
            Interlocked.Exchange(ref _askedAt, Nothing);
            _turn.Release();
        }
    }

    private SignerException Silent(Exception? inner) => new($"The token '{definition.Key.Token}' did not answer within {Patience.TotalSeconds:0} s.", inner!);

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
        var open = _open;
        _open = null;
        open?.Key.Dispose();
    }
}
