namespace AccessGateway.Kubectl.Login;

using System.Diagnostics;

/// <summary>Opens $BROWSER, or what the desktop calls its opener.</summary>
internal static class Browser
{
    public static bool Open(Uri address, Func<string, string?> variable)
    {
        var chosen = variable("BROWSER")?.Split(':')[0];
        if (!string.IsNullOrWhiteSpace(chosen))
            return Start(chosen.Split(' ', StringSplitOptions.RemoveEmptyEntries), address);
        if (OperatingSystem.IsMacOS())
            return Start(["open"], address);
        var hasDisplay = variable("DISPLAY") is { Length: > 0 } || variable("WAYLAND_DISPLAY") is { Length: > 0 };
        return hasDisplay && Start(["xdg-open"], address);
    }

    /// <summary>By way of sh alone because a browser's chatter must go nowhere, and must not break when this program ends. The
    /// address is an argument, never part of the script.</summary>
    private static bool Start(string[] command, Uri address)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("command -v \"$1\" >/dev/null 2>&1 || exit 127; (exec \"$@\" </dev/null >/dev/null 2>&1) & exit 0");
        start.ArgumentList.Add("sh");
        var placed = false;
        foreach (var part in command)
        {
            placed |= part.Contains("%s", StringComparison.Ordinal);
            start.ArgumentList.Add(part.Replace("%s", address.AbsoluteUri, StringComparison.Ordinal));
        }

        if (!placed)
            start.ArgumentList.Add(address.AbsoluteUri);
        try
        {
            using var process = Process.Start(start);
            return process is not null && process.WaitForExit(TimeSpan.FromSeconds(5)) && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
