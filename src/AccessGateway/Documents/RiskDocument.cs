namespace AccessGateway.Documents;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Reads the key <c>risk</c> of an AccessPolicy: a level, and from it upwards <c>deny</c> or further approvals.</summary>
internal static class RiskDocument
{
    private static readonly (string Key, RiskLevel Level)[] Levels =
        [("low", RiskLevel.Low), ("medium", RiskLevel.Medium), ("high", RiskLevel.High), ("critical", RiskLevel.Critical)];

    public static IReadOnlyList<RiskDemand> Read(MappingReader spec, Func<MappingReader, string, People> readPeople)
    {
        var risk = spec.Mapping("risk");
        var demands = new List<RiskDemand>();
        foreach (var (key, level) in Levels)
        {
            if (ReadLevel(risk, key, level, readPeople) is { } demand)
                demands.Add(demand);
        }

        if (spec.Has("risk") && demands.Count == 0)
            spec.Error($"risk: give at least one of {string.Join(", ", Levels.Select(each => each.Key))}.", "risk");
        risk.Finish();
        return demands;
    }

    private static RiskDemand? ReadLevel(MappingReader risk, string key, RiskLevel level, Func<MappingReader, string, People> readPeople)
    {
        if (!risk.Has(key))
        {
            risk.Text(key);
            return null;
        }

        if (!risk.IsList(key))
        {
            if (risk.Text(key) != "deny")
                risk.Error($"{key} must be deny, or a list of {{required, reviewers}}.", key);
            return new RiskDemand(level, Denied: true, []);
        }

        var rules = new List<ApprovalRule>();
        foreach (var rule in risk.Mappings(key))
        {
            var required = rule.Number("required", 1, 10, 1);
            // As for an offer without `approval`: where nobody is named, the gateway's administrators decide.
            var reviewers = rule.Has("reviewers") ? readPeople(rule.Mapping("reviewers"), "reviewers") : Administrators(rule);
            rules.Add(new ApprovalRule(required, reviewers));
            rule.Finish();
        }

        if (rules.Count == 0)
            risk.Error($"{key}: an empty list demands nothing; leave the key out.", key);
        return new RiskDemand(level, Denied: false, rules);
    }

    private static People Administrators(MappingReader rule)
    {
        rule.Mapping("reviewers");
        return new People([Groups.Administrators], []);
    }
}
