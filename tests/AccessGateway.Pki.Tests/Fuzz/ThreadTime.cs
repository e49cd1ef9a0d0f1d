namespace AccessGateway.Pki.Tests.Fuzz;

using System.Runtime.InteropServices;

/// <summary>What the calling thread itself has computed so far (POSIX, CLOCK_THREAD_CPUTIME_ID): the turns of others are not in it.</summary>
internal static class ThreadTime
{
    private const int ThreadClock = 3;

    public static TimeSpan Now => clock_gettime(ThreadClock, out var time) == 0
        ? TimeSpan.FromTicks(((long)time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : throw new InvalidOperationException("The thread's clock cannot be read.");

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006, SYSLIB1054 // its name in C; two numbers need no generated marshalling
    private static extern int clock_gettime(int clock, out Time time);
#pragma warning restore IDE1006, SYSLIB1054

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
