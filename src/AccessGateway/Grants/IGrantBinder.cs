namespace AccessGateway.Grants;

/// <summary>What a cluster is told at once when a grant begins or ends, so that nobody waits for the next reconcile pass. Never
/// throws: where the cluster does not answer, reconciling makes up for it.</summary>
internal interface IGrantBinder
{
    /// <summary>True when the binding is complete in the cluster.</summary>
    Task<bool> BindAsync(Grant grant, CancellationToken cancellationToken);

    /// <summary>True when nothing of the binding is left.</summary>
    Task<bool> UnbindAsync(Grant grant, CancellationToken cancellationToken);
}
