namespace AccessGateway.Kubectl.Gateway;

using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>The calls. Names and ids were checked before they come here (<see cref="Identifiers"/>).</summary>
internal sealed partial class GatewayClient
{
    private const int Everything = 5000;

    public Task<Me> MeAsync(CancellationToken cancellation) => GetAsync("/me", GatewayJson.Default.Me, cancellation);

    public Task<IReadOnlyList<ClusterView>> ClustersAsync(CancellationToken cancellation) =>
        ListAsync("/clusters", [], Everything, GatewayJson.Default.PageClusterView, cancellation);

    public Task<IReadOnlyList<RoleOfferView>> RoleOffersAsync(string cluster, CancellationToken cancellation) =>
        ListAsync($"/clusters/{cluster}/role-offers", [], Everything, GatewayJson.Default.PageRoleOfferView, cancellation);

    public Task<ClusterChecksView> ClusterChecksAsync(string cluster, CancellationToken cancellation) =>
        GetAsync($"/clusters/{cluster}/checks", GatewayJson.Default.ClusterChecksView, cancellation);

    public Task<BlastRadiusView> OfferBlastRadiusAsync(string cluster, string role, IReadOnlyList<string> namespaces, CancellationToken cancellation) =>
        GetAsync(
            $"/clusters/{cluster}/role-offers/{role}/blast-radius" + (namespaces.Count == 0 ? "" : "?namespaces=" + string.Join(",", namespaces.Select(Uri.EscapeDataString))),
            GatewayJson.Default.BlastRadiusView,
            cancellation);

    public Task<PostureView> PostureAsync(string cluster, CancellationToken cancellation) =>
        GetAsync($"/clusters/{cluster}/posture", GatewayJson.Default.PostureView, cancellation);

    /// <summary>One for each cluster.</summary>
    public Task<IReadOnlyList<BlastRadiusView>> RequestBlastRadiiAsync(string id, CancellationToken cancellation) =>
        ListAsync($"/access-requests/{id}/blast-radius", [], Everything, GatewayJson.Default.PageBlastRadiusView, cancellation);

    public Task<AccessRequestView> SubmitAsync(SubmitAccessRequest request, CancellationToken cancellation) =>
        PostAsync(
            "/access-requests",
            JsonSerializer.SerializeToUtf8Bytes(request, GatewayJson.Default.SubmitAccessRequest),
            GatewayJson.Default.AccessRequestView,
            cancellation);

    public Task<IReadOnlyList<AccessRequestView>> AccessRequestsAsync(
        AccessRequestState? state, string? role, int limit, CancellationToken cancellation, params IEnumerable<(string Name, string? Value)> filters)
    {
        var query = new List<string>();
        if (state is { } chosen)
            query.Add("state=" + JsonNamingPolicy.CamelCase.ConvertName(chosen.ToString()));
        if (role is not null)
            query.Add("role=" + role);
        query.AddRange(filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value!)}"));
        return ListAsync("/access-requests", query, limit, GatewayJson.Default.PageAccessRequestView, cancellation);
    }

    public Task<AccessRequestView> AccessRequestAsync(string id, CancellationToken cancellation) =>
        GetAsync($"/access-requests/{id}", GatewayJson.Default.AccessRequestView, cancellation);

    public Task<AccessRequestView> ReviewAsync(string id, SubmitReview review, CancellationToken cancellation) =>
        PostAsync(
            $"/access-requests/{id}/reviews",
            JsonSerializer.SerializeToUtf8Bytes(review, GatewayJson.Default.SubmitReview),
            GatewayJson.Default.AccessRequestView,
            cancellation);

    public Task<AccessRequestView> ReviewAfterAsync(string id, SubmitAfterReview review, CancellationToken cancellation) =>
        PostAsync(
            $"/access-requests/{id}/after-review",
            JsonSerializer.SerializeToUtf8Bytes(review, GatewayJson.Default.SubmitAfterReview),
            GatewayJson.Default.AccessRequestView,
            cancellation);

    public Task<IReadOnlyList<CommentView>> CommentsAsync(string id, CancellationToken cancellation) =>
        ListAsync($"/access-requests/{id}/comments", [], Everything, GatewayJson.Default.PageCommentView, cancellation);

    public Task<CommentView> CommentAsync(string id, string text, CancellationToken cancellation) =>
        PostAsync(
            $"/access-requests/{id}/comments",
            JsonSerializer.SerializeToUtf8Bytes(new SubmitComment { Text = text }, GatewayJson.Default.SubmitComment),
            GatewayJson.Default.CommentView,
            cancellation);

    public Task<IReadOnlyList<AuditEventView>> HistoryAsync(string id, CancellationToken cancellation) =>
        ListAsync($"/access-requests/{id}/history", [], Everything, GatewayJson.Default.PageAuditEventView, cancellation);

    public Task<AccessRequestView> WithdrawAsync(string id, CancellationToken cancellation) =>
        PostAsync($"/access-requests/{id}/withdraw", null, GatewayJson.Default.AccessRequestView, cancellation);

    /// <summary>The grants that it became, one on each cluster; of an extension the grant that it extended.</summary>
    public async Task<IReadOnlyList<GrantView>> ActivateAsync(string id, CancellationToken cancellation) =>
        (await PostAsync($"/access-requests/{id}/activate", null, GatewayJson.Default.PageGrantView, cancellation)).Items;

    public Task<IReadOnlyList<GrantView>> GrantsAsync(GrantState? state, int limit, CancellationToken cancellation)
    {
        IReadOnlyList<string> query = state is { } chosen ? ["state=" + JsonNamingPolicy.CamelCase.ConvertName(chosen.ToString())] : [];
        return ListAsync("/grants", query, limit, GatewayJson.Default.PageGrantView, cancellation);
    }

    public Task<GrantView> GrantAsync(string id, CancellationToken cancellation) =>
        GetAsync($"/grants/{id}", GatewayJson.Default.GrantView, cancellation);

    /// <summary>The latest calls under a grant.</summary>
    public async Task<IReadOnlyList<KubeCallView>> CallsAsync(string id, int limit, CancellationToken cancellation) =>
        (await GetAsync($"/grants/{id}/calls?limit={limit}", GatewayJson.Default.PageKubeCallView, cancellation)).Items;

    /// <param name="mayStepUp">Whether the person may be asked to make this key the grant's; kubectl waits, and nobody is there to ask.</param>
    public async Task<CredentialResponse> CredentialAsync(string id, string csr, bool mayStepUp, CancellationToken cancellation) =>
        (await SendAsync(
            HttpMethod.Post,
            $"/grants/{id}/credential",
            JsonSerializer.SerializeToUtf8Bytes(new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest),
            cancellation,
            mayStepUp)).Read(GatewayJson.Default.CredentialResponse);

    /// <summary>The grant with its later end, or the request that its reviewers decide first.</summary>
    public async Task<(GrantView? Grant, AccessRequestView? Request)> ExtendAsync(string id, ExtendGrant asked, CancellationToken cancellation)
    {
        const int accepted = 202;
        var answer = await SendAsync(HttpMethod.Post, $"/grants/{id}/extend", JsonSerializer.SerializeToUtf8Bytes(asked, GatewayJson.Default.ExtendGrant), cancellation);
        return answer.Status == accepted ? (null, answer.Read(GatewayJson.Default.AccessRequestView)) : (answer.Read(GatewayJson.Default.GrantView), null);
    }

    public Task<GrantView> RelinquishAsync(string id, CancellationToken cancellation) =>
        PostAsync($"/grants/{id}/relinquish", null, GatewayJson.Default.GrantView, cancellation);

    public Task<GrantView> RevokeAsync(string id, CancellationToken cancellation) =>
        PostAsync($"/grants/{id}/revoke", null, GatewayJson.Default.GrantView, cancellation);
}
