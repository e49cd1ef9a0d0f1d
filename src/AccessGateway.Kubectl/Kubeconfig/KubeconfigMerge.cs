namespace AccessGateway.Kubectl.Kubeconfig;

using System.Text;
using System.Text.Json;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.LocalFiles;

/// <summary>Adds a user to a kubeconfig with a kubectl that crashes when it is to write one: kubectl merges the user's own small file with the kubeconfig, and
/// the plugin puts the result in its place.</summary>
internal sealed class KubeconfigMerge(PluginEnvironment environment, KubectlProgram kubectl)
{
    /// <param name="file">Null for the one that kubectl would use.</param>
    /// <exception cref="CommandFailedException">There are several, or kubectl is at work on it.</exception>
    public async Task AddUserAsync(string? file, KubeconfigEntry entry, CancellationToken cancellation)
    {
        var target = file ?? OnlyFile();
        target = File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(target);
        var user = Path.Combine(environment.Paths.CredentialsFolder, $"{entry.GrantId}.{Path.GetRandomFileName()}.json");
        using var turn = Lock(target);
        PrivateFile.Write(user, UserFile(entry));
        try
        {
            // The first file wins: a user that is there already is replaced.
            var merged = await kubectl.RunAsync(["config", "view", "--raw"], cancellation, kubeconfig: $"{user}{Path.PathSeparator}{target}");
            if (merged.ExitCode != 0 || !merged.Output.Contains(entry.UserName, StringComparison.Ordinal))
                throw new CommandFailedException($"kubectl config failed: {merged.Error.Trim()}");
            PrivateFile.Replace(target, Encoding.UTF8.GetBytes(merged.Output));
        }
        finally
        {
            File.Delete(user);
        }
    }

    private string OnlyFile() => (environment.Variable("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) switch
    {
        [] => Path.Combine(environment.Variable("HOME") ?? "", ".kube", "config"),
        [var only] => only,
        _ => throw new CommandFailedException("this kubectl crashes when it writes a user into a kubeconfig: take a newer one, or name one file with --kubeconfig"),
    };

    /// <summary>As kubectl takes its turn.</summary>
    private static FileStream Lock(string target)
    {
        try
        {
            return new FileStream($"{target}.lock", FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"{target} is being changed by somebody else: {e.Message}");
        }
    }

    private byte[] UserFile(KubeconfigEntry entry)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Config");
            json.WriteStartArray("users");
            json.WriteStartObject();
            json.WriteString("name", entry.UserName);
            json.WriteStartObject("user");
            json.WriteStartObject("exec");
            json.WriteString("apiVersion", ExecCredentialJson.OlderVersion);
            json.WriteString("command", environment.ProgramPath);
            json.WriteStartArray("args");
            foreach (var argument in KubectlConfig.CredentialArguments(entry))
                json.WriteStringValue(argument);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
