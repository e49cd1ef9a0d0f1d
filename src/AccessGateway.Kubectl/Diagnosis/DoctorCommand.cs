namespace AccessGateway.Kubectl.Diagnosis;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

/// <summary><c>doctor</c>: everything that must be right, each with what is wrong.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("doctor", "Check the gateway, the login, the clock and the tools.");
        host.Handle(command, async (_, invocation, cancellation) =>
        {
            var findings = await new Doctor(invocation).ExamineAsync(cancellation);
            if (invocation.Printer.Format is OutputFormat.Json or OutputFormat.Yaml)
                WriteStructured(invocation.Printer, findings);
            else
                Table.Write(invocation.Environment.Out, ["CHECK", "STATUS", "DETAIL"],
                    findings.Select(finding => (IReadOnlyList<string?>)[finding.Check, Word(finding), finding.Detail]));
            var bad = findings.Count(finding => !finding.Good);
            if (bad > 0)
                throw new CommandFailedException(bad == 1 ? "1 check failed" : $"{bad} checks failed");
        });
        return command;
    }

    private static string Word(Finding finding) => finding.Good ? "ok" : "failed";

    private static void WriteStructured(Printer printer, IReadOnlyList<Finding> findings) => printer.Structured(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("check", finding.Check);
            writer.WriteString("status", Word(finding));
            writer.WriteString("detail", finding.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
