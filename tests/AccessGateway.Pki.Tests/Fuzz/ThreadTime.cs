namespace AccessGateway.Pki.Tests.Fuzz;

using System.Runtime.InteropServices;

/// <summary>What the calling thread itself has computed so far (POSIX, CLOCK_THREAD_CPUTIME_ID): the turns of others are not in it.</summary>
internal static partial class ThreadTime
{
    private const int ThreadClock = 3;

    public static TimeSpan Now => Read(ThreadClock, out var time) == 0
        ? TimeSpan.FromTicks(((long)time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : throw new InvalidOperationException("The thread's clock cannot be read.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Read(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
