namespace AccessGateway.BlastRadius;

using AccessGateway.Contracts;

/// <summary>One thing that a role allows and that a reviewer should know.</summary>
internal sealed record Finding(string Code, RiskLevel Risk, string Words);

/// <summary>
/// From rights and where they hold to findings. Pure, and monotone: a further rule never lowers the worst of them, a narrower place
/// or fewer objects never raise it.
/// </summary>
internal static class Analysis
{
    private const int Listed = 5;

    private static readonly string[] Reading = ["get", "list", "watch"];

    /// <summary>Their <c>create</c> only asks a question.</summary>
    private static readonly string[] Questions =
        ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews", "subjectaccessreviews", "localsubjectaccessreviews", "tokenreviews"];

    private static readonly string[] Telling = ["/logs", "/debug", "/configz", "/flagz", "/statusz"];

    public static RiskLevel Worst(IReadOnlyList<Finding> findings) => findings.Count == 0 ? RiskLevel.Low : findings.Max(finding => finding.Risk);

    /// <summary>The worst first.</summary>
    public static IReadOnlyList<Finding> Of(Rights rights, Place place, Surroundings surroundings)
    {
        var found = Dangers.All.Select(danger => Of(danger, rights, place, surroundings)).OfType<Finding>().ToList();
        if (Writes(rights))
            found.Add(new Finding("writes", RiskLevel.Medium, $"Can change or delete objects {Where(place)}."));
        if (place.WholeCluster && Urls(rights) is { Count: > 0 } urls)
            found.Add(new Finding("urls", RiskLevel.Medium, $"Can call addresses of the API server that are no objects: {List(urls)}."));
        return [.. found.OrderByDescending(finding => finding.Risk)];
    }

    private static Finding? Of(Danger danger, Rights rights, Place place, Surroundings surroundings)
    {
        if ((danger.ClusterScoped && !place.WholeCluster) || rights.To(danger.Targets) is not { Any: true } reach)
            return null;
        var where = place.WholeCluster || danger.InNamespaces is not null ? place : Place.In([.. place.Namespaces.Where(Place.IsSystem)]);
        if (!where.WholeCluster && where.Namespaces.Count == 0)
            return null;

        var level = where.WholeCluster || where.Namespaces.Any(Place.IsSystem) ? danger.InCluster : danger.InNamespaces!.Value;
        if (danger.LessByName && reach.ByName && level > RiskLevel.Low)
            level--;
        var accounts = surroundings.Accounts.Where(account => place.Includes(account.Namespace) && LeadsTo(danger.Accounts, account, reach)).ToList();
        if (accounts.Count > 0)
            level = (RiskLevel)Math.Max((int)level, (int)accounts.Max(account => account.Risk));
        return new Finding(danger.Code, level, Words(danger, reach, where, accounts, surroundings));
    }

    private static bool LeadsTo(Accounts which, PowerfulAccount account, Reach reach) => which switch
    {
        Accounts.Any => true,
        Accounts.Named => !reach.ByName || account.Name is null || reach.Names.Contains(account.Name),
        Accounts.UnlessNamed => !reach.ByName,
        _ => false,
    };

    private static string Words(Danger danger, Reach reach, Place place, List<PowerfulAccount> accounts, Surroundings surroundings)
    {
        var where = danger.ClusterScoped ? "" : " " + Where(place);
        var only = reach.ByName ? $" (only {List(reach.Names)})" : "";
        var because = danger.Because is null ? "" : ": " + danger.Because;
        var leads = accounts.Count == 0 ? "" : $" There this leads to ServiceAccounts with rights of their own: {List([.. accounts.Select(account => account.ToString())])}.";
        var open = danger.StartsPods ? surroundings.WithoutPodSecurity(place) : [];
        var node = open.Count == 0 ? "" : $" No Pod Security label keeps such a Pod from taking its node in {(place.WholeCluster ? $"{open.Count} of {surroundings.Namespaces.Count} namespaces" : List(open))}.";
        return $"Can {danger.Act}{only}{where}{because}.{leads}{node}";
    }

    private static string Where(Place place) => (place.WholeCluster, place.Namespaces.Count) switch
    {
        (true, _) => "in every namespace",
        (_, 1) => $"in the namespace {place.Namespaces[0]}",
        (_, <= Listed) => $"in the namespaces {List(place.Namespaces)}",
        _ => $"in {place.Namespaces.Count} namespaces",
    };

    private static string List(IReadOnlyList<string> texts) =>
        string.Join(", ", texts.Take(Listed)) + (texts.Count > Listed ? $" and {texts.Count - Listed} more" : "");

    /// <summary>Any verb but reading counts: what a verb means that nobody here knows cannot be called harmless.</summary>
    private static bool Writes(Rights rights) => rights.Rules.Any(rule =>
        rule.ApiGroups.Count > 0
        && rule.Verbs.Any(verb => !Reading.Contains(verb))
        && rule.Resources.Any(resource => !Questions.Contains(resource) || rule.Verbs.Any(verb => !Reading.Contains(verb) && verb != "create")));

    /// <summary>Those among them that tell or do more than health and measurements.</summary>
    private static List<string> Urls(Rights rights) => [.. rights.Urls.Where(url => Telling.Any(path => Meet(url, path))).Distinct(StringComparer.Ordinal)];

    /// <summary>A URL of a rule ends with <c>*</c> where it stands for all that begin so.</summary>
    private static bool Meet(string url, string path) => url.EndsWith('*')
        ? path.StartsWith(url[..^1], StringComparison.Ordinal) || url.StartsWith(path, StringComparison.Ordinal)
        : url == path || url.StartsWith(path + "/", StringComparison.Ordinal);
}
