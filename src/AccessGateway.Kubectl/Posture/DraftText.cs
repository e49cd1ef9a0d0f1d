namespace AccessGateway.Kubectl.Posture;

using AccessGateway.Kubectl.Output;

/// <summary>A draft as it came, made safe to print line by line: it goes into a file as often as to a terminal.</summary>
internal static class DraftText
{
    public static string Clean(string yaml) => string.Join('\n', yaml.Split('\n').Select(TerminalText.Clean));
}
