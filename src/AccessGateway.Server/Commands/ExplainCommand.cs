namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;

/// <summary><c>config explain</c>: what would be decided on a request, and which lines say so. Asks no gateway and no database: whose
/// groups count is given.</summary>
internal static class ExplainCommand
{
    private static readonly Option<string> User = new("--user") { Description = "Who would ask.", Required = true };
    private static readonly Option<string[]> Cluster = new("--cluster") { Description = "For which cluster; may come several times, for one request for all of them.", Required = true };
    private static readonly Option<string> Role = new("--role") { Description = "For which role, by the offer's name.", Required = true };
    private static readonly Option<string?> Groups = new("--groups") { Description = "The user's groups, separated by commas." };
    private static readonly Option<string[]> Namespaces = new("--namespace") { Description = "A namespace; may come several times." };
    private static readonly Option<string?> Duration = new("--duration") { Description = "How long, such as 30m; the offer's default where missing." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "The reason that would be given." };
    private static readonly Option<string?> At = new("--at") { Description = "When it would begin (RFC 3339); now where missing." };

    public static Command Create()
    {
        var command = new Command("explain", "What would be decided on a request, and which lines say so. Exit code 1 where it would be denied.")
        {
            User, Cluster, Role, Groups, Namespaces, Duration, Reason, At,
        };
        Cluster.Validators.Add(ClustersProblem);
        Duration.Validators.Add(result => Check(result, text => DurationText.TryParse(text, out _), "is no duration such as 30m, 8h or 1h30m"));
        At.Validators.Add(result => Check(result, text => TryInstant(text, out _), "is no instant such as 2030-01-31T08:00:00Z"));
        command.SetAction(Explain);
        return command;
    }

    private static int Explain(ParseResult parsed)
    {
        var documents = GatewayDocuments.Load(ConfigCommand.FolderOf(parsed));
        var facts = new RequestFacts(
            [.. parsed.GetRequiredValue(Cluster).Order(StringComparer.Ordinal).Select(name => documents.Cluster(name)?.Facts ?? ClusterFacts.Unknown(name))],
            new PersonFacts(parsed.GetRequiredValue(User), (parsed.GetValue(Groups) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            parsed.GetRequiredValue(Role),
            parsed.GetValue(Namespaces) ?? [],
            DurationText.TryParse(parsed.GetValue(Duration), out var duration) ? duration : null,
            parsed.GetValue(Reason),
            TryInstant(parsed.GetValue(At), out var at) ? at : TimeProvider.System.GetUtcNow());
        var explanation = Explanation.Of(documents.Policies, facts);
        if (parsed.GetValue(CommonOptions.Output) == "json")
            Console.WriteLine(JsonSerializer.Serialize(ToJson(explanation, documents.Digest), ConfigCommand.Json));
        else
            Write(explanation);
        return explanation.Decision is Decision.Denied ? CommandRunner.Refused : 0;
    }

    private static void Write(Explanation explanation)
    {
        var (decision, detail) = Words(explanation.Decision);
        Console.WriteLine($"{decision}: {detail}");
        foreach (var finding in explanation.Findings)
            Console.WriteLine($"{(finding.Decides ? "->" : "  ")} {finding.Place?.ToString() ?? finding.Policy}: policy {finding.Policy} {finding.Says}");
        if (explanation.Findings.Count == 0)
            Console.WriteLine("   no policy offers a role of that name at all");
    }

    private static object ToJson(Explanation explanation, string digest)
    {
        var (decision, detail) = Words(explanation.Decision);
        return new
        {
            decision,
            detail,
            Field = (explanation.Decision as Decision.Denied)?.Field is { } field ? JsonNamingPolicy.CamelCase.ConvertName(field) : null,
            digest,
            Findings = explanation.Findings.Select(finding => new { finding.Policy, finding.Place?.File, finding.Place?.Line, finding.Says, finding.Decides }),
        };
    }

    private static (string Decision, string Detail) Words(Decision decision) => decision switch
    {
        Decision.Denied denied => ("denied", denied.Reason),
        Decision.Automatic automatic => ("automatic", $"{automatic.Offer.Target} for {DurationText.Format(automatic.Duration)}, approved at once"),
        Decision.NeedsApproval needed => ("needsApproval", $"{needed.Offer.Target} for {DurationText.Format(needed.Duration)}, after {string.Join(" and ", needed.Offer.Approval.Select(rule => $"{rule.Required} of {rule.Reviewers}"))}"),
        Decision.BreakGlass glass => ("breakGlass", $"{glass.Offer.Target} for {DurationText.Format(glass.Duration)}, at once, to be reviewed within {DurationText.Format(glass.ReviewWithin)}"),
        _ => ("denied", "Policy gave no answer."),
    };

    private static void ClustersProblem(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Tokens.Count > SubmitAccessRequest.MaxClusters)
            result.AddError($"One request is for at most {SubmitAccessRequest.MaxClusters} clusters.");
        if (result.Tokens.DistinctBy(token => token.Value).Count() < result.Tokens.Count)
            result.AddError("--cluster names a cluster twice.");
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, Func<string, bool> isGood, string problem)
    {
        if (result.Tokens is [{ Value: var text }] && !isGood(text))
            result.AddError($"'{text}' {problem}.");
    }

    private static bool TryInstant(string? text, out DateTimeOffset at) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
}
