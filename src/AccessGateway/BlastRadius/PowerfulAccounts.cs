namespace AccessGateway.BlastRadius;

using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>Finds the ServiceAccounts whose rights reach beyond their namespace and are at least high. Pure.</summary>
internal static class PowerfulAccounts
{
    private const string AccountUser = "system:serviceaccount:";
    private const string AllAccounts = "system:serviceaccounts";
    private const string AccountsOf = "system:serviceaccounts:";
    private const string Everybody = "system:authenticated";

    public static IReadOnlyList<PowerfulAccount> Of(RbacState state)
    {
        var roles = state.Roles.ToDictionary(role => (role.Namespace, role.Name));
        var risks = new Dictionary<(RbacRole Role, bool Cluster, bool System), RiskLevel>();
        return [.. state.Bindings
            .SelectMany(binding => binding.Subjects.Select(subject => (binding, Account: AccountOf(subject, binding.Namespace))))
            .Where(held => held.Account is not null && (held.binding.Namespace is null || held.binding.Namespace != held.Account.Value.Namespace))
            .Select(held => new PowerfulAccount(held.Account!.Value.Namespace, held.Account.Value.Name, RiskOf(held.binding)))
            .Where(account => account.Risk >= RiskLevel.High)
            .GroupBy(account => (account.Namespace, account.Name))
            .Select(same => same.MaxBy(account => account.Risk)!)
            .OrderByDescending(account => account.Risk).ThenBy(account => account.Namespace, StringComparer.Ordinal).ThenBy(account => account.Name, StringComparer.Ordinal)];

        RiskLevel RiskOf(RbacBinding binding)
        {
            if (!roles.TryGetValue((binding.RoleNamespace, binding.Role), out var role))
                return RiskLevel.Low;
            var place = binding.Namespace is { } name ? Place.In(name) : Place.Cluster;
            var key = (role, place.WholeCluster, place.Namespaces.Any(Place.IsSystem));
            if (!risks.TryGetValue(key, out var risk))
                risks[key] = risk = Analysis.Worst(Analysis.Of(new Rights(role.Rules), place, Surroundings.Empty));
            return risk;
        }
    }

    /// <summary>Null where the subject is no ServiceAccount, or a group without one.</summary>
    private static (string? Namespace, string? Name)? AccountOf(RbacSubject subject, string? bindingNamespace) => subject switch
    {
        { Kind: "ServiceAccount" } => (subject.Namespace ?? bindingNamespace, subject.Name),
        { Kind: "User" } when subject.Name.StartsWith(AccountUser, StringComparison.Ordinal) && subject.Name[AccountUser.Length..].Split(':') is [var place, var name] => (place, name),
        { Kind: "Group", Name: AllAccounts or Everybody } => (null, null),
        { Kind: "Group" } when subject.Name.StartsWith(AccountsOf, StringComparison.Ordinal) => (subject.Name[AccountsOf.Length..], null),
        _ => null,
    };
}
