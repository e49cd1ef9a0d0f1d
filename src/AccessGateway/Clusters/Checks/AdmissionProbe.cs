namespace AccessGateway.Clusters;

using System.Net;
using AccessGateway.Contracts;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Whether <see cref="OwnWrites"/> is in force: there, as this gateway makes it, for this account, and bound.</summary>
internal static class AdmissionProbe
{
    public static async Task<ClusterCheckView> ProbeAsync(IKubernetes kubernetes, Version? version, string cluster, string gateway, OwnIdentity self, CancellationToken cancellationToken)
    {
        if (version is null)
            return Checked.Unknown(ClusterCheckNames.AdmissionPolicy, "the API server's version is not known");
        if (version < AnswerChecks.WithAdmissionPolicies)
            return Checked.Ok(ClusterCheckNames.AdmissionPolicy, $"not available in {version}: RBAC alone limits what the gateway writes");
        var name = OwnWrites.NameOf(gateway);
        var again = $"access-gateway config rbac {cluster} --admission-policy | kubectl apply -f -";
        try
        {
            var admission = kubernetes.AdmissionregistrationV1;
            var policy = await FindAsync(() => admission.ReadValidatingAdmissionPolicyAsync(name, cancellationToken: cancellationToken));
            if (policy is null)
                return Checked.Warning(ClusterCheckNames.AdmissionPolicy, "not installed: whoever steals the gateway's credentials can bind anybody to the roles that are offered", again);
            var binding = await FindAsync(() => admission.ReadValidatingAdmissionPolicyBindingAsync(name, cancellationToken: cancellationToken));
            return Problem(policy, binding, gateway, self) is { } problem
                ? Checked.Warning(ClusterCheckNames.AdmissionPolicy, $"{name} {problem}", again)
                : Checked.Ok(ClusterCheckNames.AdmissionPolicy, $"{name} limits what the gateway writes");
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return Checked.Unknown(ClusterCheckNames.AdmissionPolicy, "the gateway may not look whether there is one", $"{again} gives it that right too.");
        }
    }

    /// <summary>Why it does not limit this gateway, or not as it should; null where it does. Pure.</summary>
    private static string? Problem(V1ValidatingAdmissionPolicy policy, V1ValidatingAdmissionPolicyBinding? binding, string gateway, OwnIdentity self)
    {
        if (binding?.Spec?.PolicyName != policy.Metadata.Name)
            return "is not bound, and limits nothing";
        if (binding.Spec.ValidationActions?.Contains("Deny") != true || binding.Spec.MatchResources is not null)
            return "is bound so that it does not deny everywhere";
        if (self.Name is { } me && policy.Spec.MatchConditions?.Any(condition => condition.Expression.Contains($"'{me}'", StringComparison.Ordinal)) != true)
            return $"is not for {me}";
        var ours = (V1ValidatingAdmissionPolicy)OwnWrites.Limits("", "", gateway)[0];
        return Expressions(policy).SequenceEqual(Expressions(ours)) && policy.Spec.FailurePolicy == ours.Spec.FailurePolicy ? null : "is not the one that this gateway makes";
    }

    private static IEnumerable<string> Expressions(V1ValidatingAdmissionPolicy policy) =>
        [.. (policy.Spec.Variables ?? []).Select(variable => $"{variable.Name}={variable.Expression}"), .. (policy.Spec.Validations ?? []).Select(validation => validation.Expression)];

    private static async Task<T?> FindAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
