namespace AccessGateway.Testing;

/// <summary>A configuration in which every turn of the workflow can be taken.</summary>
internal static class WorkflowDocuments
{
    public static string Yaml(Uri? server = null, string extra = "") => $$$"""
        apiVersion: access-gateway/v1
        kind: Cluster
        metadata: {name: dev, labels: {tier: dev}}
        spec:
          server: {{{server ?? new Uri("https://127.0.0.1:1")}}}
          certificateAuthority: {file: ca.crt}
          credentials: {kubeconfig: gateway.kubeconfig}
          signer: {localCa: {}}
        ---
        apiVersion: access-gateway/v1
        kind: Schedule
        metadata: {name: primary}
        spec:
          rotations:
            - {people: [alice, bob], start: '2020-01-06T09:00', every: 7d, timeZone: Europe/Berlin}
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: workflow}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 1h, maxTotalDuration: 2h, defaultDuration: 10m, approval: automatic}
            - name: admin
              clusterRole: cluster-admin
              scope: cluster
              privileged: true
              maxDuration: 2h
              defaultDuration: 30m
              approval: [{required: 1, reviewers: {groups: [sre]}}]
              breakGlass: {groups: [on-call], maxDuration: 30m, reviewWithin: 24h}
            - name: managed
              clusterRole: edit
              scope: cluster
              maxDuration: 1h
              approval: [{required: 1, reviewers: {managerOfRequester: true}}]
            - name: escalating
              clusterRole: edit
              scope: cluster
              maxDuration: 1h
              approval:
                - required: 2
                  remindEvery: 10m
                  reviewers: {groups: [sre]}
                  escalation: {after: 15m, reviewers: {groups: [leads]} }
            - name: on-duty
              clusterRole: edit
              scope: cluster
              maxDuration: 1h
              approval: [{required: 1, reviewers: {groups: [sre]}}]
              automaticWhen: {onCall: primary}
          reason: {required: true, minLength: 5}
        {{{extra}}}
        """;
}
