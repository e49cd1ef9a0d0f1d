namespace AccessGateway.Clusters;

using AccessGateway.Contracts;

/// <summary>The reaper of a cluster as objects that <c>kubectl apply</c> takes: a CronJob, what it may do, and, where the cluster knows them, a
/// ValidatingAdmissionPolicy that narrows it to what the gateway made.</summary>
internal static class ReaperManifest
{
    /// <summary>To be replaced by a registry of one's own.</summary>
    public const string ExampleImage = "registry.example/access-gateway-reaper:0.1.0";

    /// <param name="gateway">The gateway's name: the label of what is removed, and the beginning of the reaper's own name.</param>
    /// <param name="roles">Whether policies carry rules of their own, so that roles are left behind too.</param>
    public static string Write(string place, string gateway, string image, bool roles, bool admission)
    {
        var resources = roles ? "[clusterrolebindings, rolebindings, clusterroles, roles]" : "[clusterrolebindings, rolebindings]";
        var text = $"""
            # Removes the bindings of ended grants while the gateway is dead, by the end that is written on them.
            apiVersion: v1
            kind: Namespace
            metadata:
              name: {place}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: {gateway}-reaper
              namespace: {place}
            automountServiceAccountToken: false
            ---
            # RBAC knows neither labels nor the beginning of names: only an admission policy keeps it from deleting other bindings.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: {gateway}-reaper
            rules:
              - apiGroups: [rbac.authorization.k8s.io]
                resources: {resources}
                verbs: [list, delete]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: {gateway}-reaper
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: {gateway}-reaper
            subjects:
              - kind: ServiceAccount
                name: {gateway}-reaper
                namespace: {place}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              name: {gateway}-reaper
              namespace: {place}
            spec:
              schedule: '* * * * *'
              concurrencyPolicy: Forbid
              startingDeadlineSeconds: 30
              successfulJobsHistoryLimit: 1
              failedJobsHistoryLimit: 3
              jobTemplate:
                spec:
                  backoffLimit: 0
                  activeDeadlineSeconds: 240
                  template:
                    spec:
                      serviceAccountName: {gateway}-reaper
                      automountServiceAccountToken: true
                      restartPolicy: Never
                      securityContext:
                        runAsNonRoot: true
                        runAsUser: 1654
                        runAsGroup: 1654
                        seccompProfile:
                          type: RuntimeDefault
                      containers:
                        - name: reaper
                          image: '{image}'
                          args: [reap, --gateway, '{gateway}', --grace, 60s{(roles ? ", --roles" : "")}]
                          securityContext:
                            allowPrivilegeEscalation: false
                            readOnlyRootFilesystem: true
                            capabilities:
                              drop: [ALL]
                          resources:
                            requests:
                              cpu: 10m
                              memory: 32Mi
                            limits:
                              memory: 128Mi

            """;
        return admission ? text + Admission(place, gateway) : text;
    }

    /// <summary>As <see cref="OwnWrites"/> for the gateway: it holds even for whoever stole the reaper's token.</summary>
    private static string Admission(string place, string gateway) => $"""
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata:
          name: {gateway}-reaper-deletes
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - apiGroups: [rbac.authorization.k8s.io]
                apiVersions: ['*']
                operations: [CREATE, UPDATE, DELETE]
                resources: [clusterrolebindings, rolebindings, clusterroles, roles]
          matchConditions:
            - name: the-reaper
              expression: request.userInfo.username == 'system:serviceaccount:{place}:{gateway}-reaper'
          validations:
            - expression: request.operation == 'DELETE'
              message: The reaper deletes, and does nothing else.
            - expression: >-
                oldObject != null && has(oldObject.metadata.labels)
                && '{OwnObjects.GatewayLabel}' in oldObject.metadata.labels
                && oldObject.metadata.labels['{OwnObjects.GatewayLabel}'] == '{gateway}'
              message: The label of this gateway is missing.
            - expression: >-
                oldObject != null && has(oldObject.metadata.labels)
                && '{OwnObjects.GrantLabel}' in oldObject.metadata.labels
                && oldObject.metadata.name == 'jit-' + oldObject.metadata.labels['{OwnObjects.GrantLabel}']
              message: The name must be that of a grant.
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: {gateway}-reaper-deletes
        spec:
          policyName: {gateway}-reaper-deletes
          validationActions: [Deny]

        """;
}
