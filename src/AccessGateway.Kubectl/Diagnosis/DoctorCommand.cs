namespace AccessGateway.Kubectl.Diagnosis;

using System.CommandLine;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

/// <summary><c>doctor</c>: everything that must be right, each with what is wrong; for administrators the clusters too, as the gateway sees them.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandHost host)
    {
        var cluster = new Option<string?>("--cluster") { Description = "Also have the gateway check this cluster, for administrators and auditors. Without it, administrators check every cluster.", HelpName = "NAME" };
        cluster.Validators.Add(result => Arguments.Check(result, Identifiers.IsDnsLabel, "is no cluster's name"));
        var command = new Command("doctor", "Check the gateway, the login, the clock and the tools; for administrators the clusters too.") { cluster };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var doctor = new Doctor(invocation);
            var findings = await doctor.ExamineAsync(parsed.GetValue(cluster), cancellation);
            if (invocation.Printer.Format is OutputFormat.Json or OutputFormat.Yaml)
            {
                WriteStructured(invocation.Printer, findings, doctor.Clusters);
            }
            else
            {
                Table.Write(invocation.Environment.Out, ["CHECK", "STATUS", "DETAIL"],
                    findings.Select(finding => (IReadOnlyList<string?>)[finding.Check, Word(finding), finding.Detail]));
                ClusterChecksText.Write(invocation.Environment.Out, doctor.Clusters);
            }

            var bad = findings.Count(finding => !finding.Good) + doctor.Clusters.SelectMany(found => found.Checks).Count(check => check.Outcome == CheckOutcome.Failed);
            if (bad > 0)
                throw new CommandFailedException(bad == 1 ? "1 check failed" : $"{bad} checks failed");
        });
        return command;
    }

    private static string Word(Finding finding) => finding.Good ? "ok" : "failed";

    private static void WriteStructured(Printer printer, IReadOnlyList<Finding> findings, IReadOnlyList<ClusterChecksView> clusters) => printer.Structured(writer =>
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
        writer.WriteStartArray("clusters");
        foreach (var cluster in clusters)
            JsonSerializer.Serialize(writer, cluster, GatewayJson.Default.ClusterChecksView);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
