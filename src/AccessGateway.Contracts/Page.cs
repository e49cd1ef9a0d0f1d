namespace AccessGateway.Contracts;

/// <summary>One page of a list, newest first unless the call says otherwise.</summary>
/// <param name="Items">At most <c>limit</c> items (default 50, range 1 to 500).</param>
/// <param name="NextCursor">Opaque; pass it as <c>cursor</c> for the next page. Null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
