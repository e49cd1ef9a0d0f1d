namespace AccessGateway.Testing;

using System.Diagnostics;

/// <summary>The leaf profile as somebody else's code reads it: `openssl`, strictly.</summary>
internal static class LeafLint
{
    private const string Heading = "X509v3 ";

    /// <summary>Throws unless a leaf is of the profile: verified for TLS clients by its CA and not for servers, at this moment; for nothing else, and no CA.</summary>
    /// <param name="subject">As RFC 2253 writes it.</param>
    /// <param name="extensions">All that it has, each by the name that `openssl` prints, in the order of the alphabet.</param>
    public static async Task AssertAsync(string authorityPem, string leafPem, string subject, params string[] extensions)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-leaf-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), authorityPem);
        await File.WriteAllTextAsync(Path.Combine(folder, "leaf.pem"), leafPem);
        string[] verify = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", "ca.pem", "-purpose"];
        Must((await OpenSslAsync(folder, 0, [.. verify, "sslclient", "leaf.pem"])).Contains("leaf.pem: OK", StringComparison.Ordinal), "openssl did not say OK");
        await OpenSslAsync(folder, 2, [.. verify, "sslserver", "leaf.pem"]);
        var lines = (await OpenSslAsync(folder, 0, ["x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "RFC2253"])).Split('\n').Select(line => line.Trim()).ToList();
        Must(lines.Contains("Version: 3 (0x2)") && lines.Contains($"Subject: {subject}"), string.Join('\n', lines));
        foreach (var (heading, value) in new[] { ("Basic Constraints: critical", "CA:FALSE"), ("Key Usage: critical", "Digital Signature"), ("Extended Key Usage:", "TLS Web Client Authentication") })
            Must(lines[lines.IndexOf(Heading + heading) + 1] == value, $"{heading} is not {value}");
        var found = lines.Where(line => line.StartsWith(Heading, StringComparison.Ordinal) && line != "X509v3 extensions:").Select(line => line[Heading.Length..line.IndexOf(':', StringComparison.Ordinal)]);
        Must(found.Order(StringComparer.Ordinal).SequenceEqual(extensions), $"it has {string.Join(", ", found)}");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> OpenSslAsync(string folder, int exitCode, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Must(process.ExitCode == exitCode, $"{await output}{await error}");
        return await output;
    }

    private static void Must(bool so, string otherwise)
    {
        if (!so)
            throw new InvalidOperationException($"The leaf is not of the profile: {otherwise}");
    }
}
