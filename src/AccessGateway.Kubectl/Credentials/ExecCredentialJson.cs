namespace AccessGateway.Kubectl.Credentials;

using System.Text;
using System.Text.Json;

/// <summary>The answer of an exec plugin: <c>client.authentication.k8s.io/v1</c>, ExecCredential.</summary>
internal static class ExecCredentialJson
{
    public const string Version = "client.authentication.k8s.io/v1";

    /// <summary>What kubeconfigs name that a kubectl before 1.30 wrote: it cannot write the field that v1 demands.</summary>
    public const string OlderVersion = "client.authentication.k8s.io/v1beta1";

    /// <param name="renewAfter">Told as the expiration, so that long-lived clients (k9s, controllers) come back while the leaf
    /// still holds, not when a request has failed.</param>
    public static byte[] Write(string certificate, string privateKey, DateTimeOffset renewAfter)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "ExecCredential");
            writer.WriteString("apiVersion", Version);
            writer.WriteStartObject("status");
            writer.WriteString("expirationTimestamp", renewAfter.UtcDateTime);
            writer.WriteString("clientCertificateData", certificate);
            writer.WriteString("clientKeyData", privateKey);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>kubectl tells the version that it expects in KUBERNETES_EXEC_INFO; the two differ in nothing else.</summary>
    public static ReadOnlyMemory<byte> InAskedVersion(ReadOnlyMemory<byte> execCredential, Func<string, string?> variable)
    {
        if (variable("KUBERNETES_EXEC_INFO")?.Contains($"\"{OlderVersion}\"", StringComparison.Ordinal) != true)
            return execCredential;
        var text = Encoding.UTF8.GetString(execCredential.Span);
        return Encoding.UTF8.GetBytes(text.Replace($"\"{Version}\"", $"\"{OlderVersion}\"", StringComparison.Ordinal));
    }
}
