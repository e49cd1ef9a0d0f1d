namespace AccessGateway.Pki;

/// <summary>A signer made no leaf. The message says why and may be shown to operators; it holds no secret.</summary>
public sealed class SignerException : Exception
{
    public SignerException()
    {
    }

    public SignerException(string message)
        : base(message)
    {
    }

    public SignerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
