namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using k8s.Models;

/// <summary>
/// What RBAC cannot say and a ValidatingAdmissionPolicy can (Kubernetes 1.30 and later): the gateway writes bindings and roles of its own name and
/// label alone, and binds nothing but the group of one grant; what it deletes is named as a grant. It holds even for whoever stole the gateway's credentials.
/// </summary>
internal static class OwnWrites
{
    private const string Api = "admissionregistration.k8s.io/v1";

    /// <summary>The name of the policy, and of its binding.</summary>
    public static string NameOf(string gateway) => $"{gateway}-writes";

    /// <summary>The policy and its binding.</summary>
    public static IReadOnlyList<object> Limits(string accountNamespace, string account, string gateway)
    {
        const string thing = "variables.thing.metadata";
        var name = NameOf(gateway);
        return
        [
            new V1ValidatingAdmissionPolicy
            {
                ApiVersion = Api,
                Kind = "ValidatingAdmissionPolicy",
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1ValidatingAdmissionPolicySpec
                {
                    FailurePolicy = "Fail",
                    MatchConstraints = new V1MatchResources
                    {
                        ResourceRules =
                        [
                            new V1NamedRuleWithOperations
                            {
                                ApiGroups = ["rbac.authorization.k8s.io"],
                                ApiVersions = ["*"],
                                Operations = ["CREATE", "UPDATE", "DELETE"],
                                Resources = ["clusterrolebindings", "rolebindings", "clusterroles", "roles"],
                            },
                        ],
                    },
                    MatchConditions = [new V1MatchCondition { Name = "the-gateway", Expression = $"request.userInfo.username == 'system:serviceaccount:{accountNamespace}:{account}'" }],
                    Variables =
                    [
                        new V1Variable { Name = "thing", Expression = "request.operation == 'DELETE' ? oldObject : object" },
                        new V1Variable { Name = "grant", Expression = $"has({thing}.labels) && '{OwnObjects.GrantLabel}' in {thing}.labels ? {thing}.labels['{OwnObjects.GrantLabel}'] : ''" },
                        new V1Variable { Name = "isBinding", Expression = "request.resource.resource in ['clusterrolebindings', 'rolebindings']" },
                    ],
                    Validations =
                    [
                        Validation(
                            $"request.operation != 'UPDATE' || (variables.isBinding && {Same("subjects")} && {Same("metadata.labels")})",
                            "The gateway creates and deletes; of a binding it changes annotations and finalizers alone."),
                        // What is there already goes by its name alone: whoever may edit it could take the label off, and so keep it from the gateway.
                        Validation(
                            $"request.operation == 'CREATE' ? variables.grant != '' && {thing}.name == '{OwnObjects.NamePrefix}' + variables.grant : {thing}.name.startsWith('{OwnObjects.NamePrefix}gr-')",
                            "The name must be that of the grant."),
                        Validation($"request.operation != 'CREATE' || (has({thing}.labels) && '{OwnObjects.GatewayLabel}' in {thing}.labels && {thing}.labels['{OwnObjects.GatewayLabel}'] == '{gateway}')", "The label of this gateway is missing."),
                        Validation(
                            "request.operation != 'CREATE' || !variables.isBinding || (has(object.subjects) && object.subjects.size() == 1 && object.subjects[0].kind == 'Group' && object.subjects[0].name == 'jit:' + variables.grant)",
                            "A binding must bind the group of its grant, and nothing else."),
                    ],
                },
            },
            new V1ValidatingAdmissionPolicyBinding
            {
                ApiVersion = Api,
                Kind = "ValidatingAdmissionPolicyBinding",
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1ValidatingAdmissionPolicyBindingSpec { PolicyName = name, ValidationActions = ["Deny"] },
            },
        ];
    }

    /// <summary>Missing before and after, or there and equal.</summary>
    private static string Same(string field) => $"has(object.{field}) == has(oldObject.{field}) && (!has(object.{field}) || object.{field} == oldObject.{field})";

    private static V1Validation Validation(string expression, string message) => new() { Expression = expression, Message = message };
}
