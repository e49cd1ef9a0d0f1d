namespace AccessGateway.Problems;

using System.Diagnostics;

/// <summary>
/// Named places at which a test can kill the process, as a power cut would: the environment variable
/// <c>ACCESSGATEWAY_FAILPOINT</c> names one. Exists in Debug builds only; a Release build has no call of it.
/// </summary>
internal static class Failpoint
{
    private static readonly string? Armed = Environment.GetEnvironmentVariable("ACCESSGATEWAY_FAILPOINT");

    [Conditional("DEBUG")]
    public static void Reach(string name)
    {
        if (name == Armed)
            Process.GetCurrentProcess().Kill();
    }
}
