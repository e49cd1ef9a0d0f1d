namespace AccessGateway.Tests.Policy;

using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;

/// <summary>Random policies and requests, drawn from few names, so that they often have to do with each other.</summary>
internal static class Policies
{
    private static readonly string[] Groups = ["platform", "sre", "security", "on-call"];
    private static readonly string[] Users = ["alice", "bob", "carol"];
    private static readonly string[] Clusters = ["dev", "prod"];
    private static readonly string[] Patterns = ["*", "payments-*", "payments-api", "?ebt", "web"];
    private static readonly TimeZoneInfo[] Zones = [TimeZoneInfo.Utc, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), TimeZoneInfo.FindSystemTimeZoneById("Australia/Lord_Howe")];

    private static readonly Regex Incident = new(@"INC-\d+", RegexOptions.NonBacktracking);

    public static readonly IReadOnlyList<ClusterFacts> KnownClusters =
        [new("dev", new Dictionary<string, string> { ["tier"] = "dev" }), new("prod", new Dictionary<string, string> { ["tier"] = "prod" })];

    private static Gen<T> OneOf<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(index => of[index]);

    private static Gen<TimeSpan> Minutes(int from, int to) => Gen.Int[from, to].Select(minutes => TimeSpan.FromMinutes(minutes));

    private static Gen<List<string>> Some(string[] of, int least = 0) => OneOf(of).List[least, of.Length].Select(list => list.Distinct().ToList());

    private static Gen<People> People => Gen.Select(Some(Groups), Some(Users), (groups, users) => new People(groups, users));

    private static Gen<ApprovalRule> Rule => Gen.Select(Gen.Int[1, 3], People, (required, reviewers) => new ApprovalRule(required, reviewers));

    private static Gen<RoleTarget> Target => Gen.Frequency(
        (8, Gen.Const(new RoleTarget("view"))), (1, Gen.Const(new RoleTarget("edit"))), (1, Gen.Const(new RoleTarget("", "operator"))),
        (1, Gen.Const(new RoleTarget("", "", RoleRule.ToText([new RoleRule([""], ["pods"], [], ["get"], [])])))));

    private static Gen<OfferedRole> Role => Gen.Select(
        OneOf("viewer", "editor"), Target, Gen.Bool, Some(Patterns, 1), Minutes(1, 600), Gen.Int[1, 100], Rule.List[0, 2], Gen.Bool,
        (name, target, namespaced, patterns, max, share, approval, privileged) => new OfferedRole
        {
            Name = name,
            Target = target,
            Scope = namespaced ? RoleScope.Namespaces : RoleScope.Cluster,
            Namespaces = namespaced ? patterns : [],
            MaxDuration = max,
            DefaultDuration = max * share / 100,
            Approval = approval,
            Privileged = privileged,
        });

    private static Gen<Hours> Hours => Gen.Select(
        Gen.Enum<DayOfWeek>().List[1, 7], Gen.Int[0, 1439], Gen.Int[0, 1439], OneOf(Zones),
        (days, from, to, zone) => new Hours([.. days.Distinct()], TimeOnly.MinValue.AddMinutes(from), TimeOnly.MinValue.AddMinutes(to), zone));

    private static Gen<ReasonRule> Reason => Gen.Select(
        Gen.Bool, Gen.Int[0, 12], Gen.Bool, (required, length, pattern) => new ReasonRule(required, length, pattern ? Incident : null));

    private static Gen<ClusterSelector> Selector => Gen.Select(
        Some(Clusters), Gen.Bool, (names, byLabel) => new ClusterSelector(names, byLabel ? new Dictionary<string, string> { ["tier"] = "dev" } : []));

    public static Gen<AccessPolicy> Policy => Gen.Select(
        Gen.Select(Gen.Int[0, 99999], Selector, People, Role.List[1, 3]),
        Gen.Select(Reason, Minutes(1, 600), Minutes(1, 60), Some([.. StepUpMethods.Factors], 1), Gen.Select(Gen.Int[0, 3], Hours, (one, hours) => one == 0 ? hours : null)),
        (who, how) => new AccessPolicy
        {
            Name = $"p{who.Item1}",
            Clusters = who.Item2,
            Requesters = who.Item3,
            Roles = [.. who.Item4.DistinctBy(role => role.Name)],
            Reason = how.Item1,
            PendingLifetime = how.Item2,
            MfaMaxAge = how.Item3,
            MfaFactors = how.Item4,
            Hours = how.Item5,
        });

    public static Gen<RequestFacts> Facts => Gen.Select(
        OneOf([.. KnownClusters]), Gen.Select(OneOf(Users), Some(Groups), (name, groups) => new PersonFacts(name, groups)),
        OneOf("viewer", "editor", "nothing"), OneOf("web", "payments-api", "debt", "kube-system").List[0, 2],
        Gen.Int[-5, 700].Select(minutes => minutes == 0 ? (TimeSpan?)null : TimeSpan.FromMinutes(minutes)), OneOf<string?>(null, "", "because it burns", "INC-42 disk full"),
        Gen.Int[0, 3 * 366 * 24 * 60].Select(minutes => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minutes)),
        (cluster, person, role, namespaces, duration, reason, from) => new RequestFacts([cluster], person, role, namespaces, duration, reason, from));
}
