namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;

/// <summary>What the audit log says of a grant that begins, however it came about.</summary>
internal static class ActivationNote
{
    /// <summary>Adds the event to the unit of work that saves the grant.</summary>
    /// <param name="policyDigest">The configuration under which it was decided.</param>
    public static void Add(AuditLog audit, AccessRequest request, Grant grant, string policyDigest) => audit.Add(
        AuditEvents.GrantActivated, request.Subject, grant.Subject, request.Id, grant.Id, grant.Cluster,
        ("role", grant.Target.ToString()), ("namespaces", grant.Namespaces.Count == 0 ? null : string.Join(",", grant.Namespaces)),
        ("exceptNamespaces", grant.ExceptNamespaces.Count == 0 ? null : string.Join(",", grant.ExceptNamespaces)), ("matched", grant.HasPatterns ? grant.MatchedWords : null),
        ("group", grant.Group), ("notAfter", grant.NotAfter.ToString("O")), ("digest", request.Digest()), ("rulesDigest", grant.RulesDigest), ("policyDigest", policyDigest));
}
