namespace AccessGateway.Kubectl.Kubeconfig;

/// <summary>Programs on PATH.</summary>
internal static class Programs
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path; null where PATH has none that can be run.</summary>
    public static string? Find(string name, Func<string, string?> variable) =>
        (variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(path => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0);
}
