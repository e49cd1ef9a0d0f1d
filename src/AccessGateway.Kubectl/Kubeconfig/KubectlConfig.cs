namespace AccessGateway.Kubectl.Kubeconfig;

using System.Text;
using System.Text.Json;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.LocalFiles;

/// <summary>Changes a kubeconfig by way of kubectl, which knows its files, locks and merging.</summary>
/// <param name="file">Null for what kubectl would use.</param>
internal sealed class KubectlConfig(PluginEnvironment environment, string? file)
{
    private readonly KubectlProgram _kubectl = new(environment);

    public async Task AddAsync(KubeconfigEntry entry, bool setCurrent, CancellationToken cancellation)
    {
        await SetClusterAsync(entry, cancellation);
        await SetUserAsync(entry, cancellation);
        List<string> context = ["set-context", entry.ContextName, $"--cluster={entry.ClusterName}", $"--user={entry.UserName}"];
        if (entry.Namespace is { } name)
            context.Add($"--namespace={name}");
        await RunAsync(context, cancellation);
        if (setCurrent)
            await RunAsync(["use-context", entry.ContextName], cancellation);
    }

    /// <summary>What kubectl runs this program with.</summary>
    public static string[] CredentialArguments(KubeconfigEntry entry) => ["credential", "--grant", entry.GrantId];

    /// <summary>The grant's user, every context that uses it, and the cluster once nothing uses it.</summary>
    public async Task RemoveAsync(string grantId, CancellationToken cancellation)
    {
        var contexts = await ContextsAsync(cancellation);
        var user = KubeconfigEntry.UserNameOf(grantId);
        var ours = contexts.Where(context => context.Parts?.User == user).ToList();
        if (ours.Count == 0)
            return;
        foreach (var context in ours)
            await RunAsync(["delete-context", context.Name!], cancellation);
        await RunAsync(["delete-user", user], cancellation);

        var unused = ours.Select(context => context.Parts!.Cluster).Distinct()
            .Where(cluster => cluster?.StartsWith(KubeconfigEntry.ClusterNameOf(""), StringComparison.Ordinal) == true)
            .Where(cluster => !contexts.Except(ours).Any(context => context.Parts?.Cluster == cluster));
        foreach (var cluster in unused)
            await RunAsync(["delete-cluster", cluster!], cancellation);
    }

    /// <summary>kubectl takes the CA from a file, and keeps its content.</summary>
    private async Task SetClusterAsync(KubeconfigEntry entry, CancellationToken cancellation)
    {
        var authority = Path.Combine(environment.Paths.CredentialsFolder, $"{entry.GrantId}.{Path.GetRandomFileName()}.crt");
        PrivateFile.Write(authority, Encoding.UTF8.GetBytes(entry.CertificateAuthority));
        try
        {
            await RunAsync(
                ["set-cluster", entry.ClusterName, $"--server={entry.Server}", $"--certificate-authority={authority}", "--embed-certs=true"],
                cancellation);
        }
        finally
        {
            File.Delete(authority);
        }
    }

    /// <summary>An exec plugin of version v1 must say whether it reads stdin, which <c>kubectl config</c> can write since 1.30; for
    /// an older kubectl v1beta1 does, where that may be left open.</summary>
    private async Task SetUserAsync(KubeconfigEntry entry, CancellationToken cancellation)
    {
        List<string> user =
        [
            "set-credentials", entry.UserName, $"--exec-command={environment.ProgramPath}", .. CredentialArguments(entry).Select(argument => $"--exec-arg={argument}"),
        ];
        var result = await _kubectl.RunAsync(
            Complete([.. user, $"--exec-api-version={ExecCredentialJson.Version}", "--exec-interactive-mode=Never"]), cancellation);
        if (result.ExitCode != 0 && result.Error.Contains("unknown flag: --exec-interactive-mode", StringComparison.Ordinal))
            result = await _kubectl.RunAsync(Complete([.. user, $"--exec-api-version={ExecCredentialJson.OlderVersion}"]), cancellation);
        // Debian 12's kubectl 1.20 cannot write any user: its JSON encoder and the Go that it is built with do not fit together. It can merge files.
        if (result.ExitCode != 0 && result.Error.StartsWith("panic: ", StringComparison.Ordinal))
            await new KubeconfigMerge(environment, _kubectl).AddUserAsync(file, entry, cancellation);
        else
            Require(result);
    }

    private async Task<IReadOnlyList<NamedContext>> ContextsAsync(CancellationToken cancellation)
    {
        var text = await RunAsync(["view", "-o", "json"], cancellation);
        try
        {
            return JsonSerializer.Deserialize(text, PluginJson.Default.KubeconfigView)?.Contexts ?? [];
        }
        catch (JsonException)
        {
            throw new CommandFailedException("kubectl config view did not answer with JSON");
        }
    }

    private async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        Require(await _kubectl.RunAsync(Complete(arguments), cancellation));

    private List<string> Complete(IReadOnlyList<string> arguments) =>
        file is null ? ["config", .. arguments] : ["config", .. arguments, $"--kubeconfig={file}"];

    private static string Require(ProgramResult result) => result.ExitCode == 0
        ? result.Output
        : throw new CommandFailedException("kubectl config failed: " + result.Error.Trim().Replace("error: ", "", StringComparison.Ordinal));
}
