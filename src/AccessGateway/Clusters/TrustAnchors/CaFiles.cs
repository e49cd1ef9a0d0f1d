namespace AccessGateway.Clusters;

using AccessGateway.Pki;

/// <summary>CAs that documents bring: whether they can sign leaves at all, before anybody asks for one.</summary>
internal static class CaFiles
{
    /// <summary>Why an imported CA cannot be used; null where it can.</summary>
    public static string? Problem(string certificatePem, string keyPem) => Problem(() => LocalCa.Import(certificatePem, keyPem).Dispose());

    /// <summary>Why the certificate of a CA whose key is in a token cannot be used; null where it can.</summary>
    public static string? Problem(string certificatePem) => Problem(() => CaCertificate.Read(certificatePem));

    /// <summary>The message without the parameter's name, which is the code's.</summary>
    private static string? Problem(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message.Split(" (Parameter")[0];
        }
    }
}
