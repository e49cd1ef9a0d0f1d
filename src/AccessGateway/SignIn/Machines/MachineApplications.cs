namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>OpenIddict's registrations of machine clients, made equal to the documents. <see cref="ClientAssertions"/> asks the
/// documents themselves, so that a client which has left them is refused before this has run.</summary>
internal sealed class MachineApplications(GatewayDbContext db, GatewayDocuments documents, IOpenIddictApplicationManager applications)
{
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await WriteLock.TakeAsync(db, WriteLock.Accounts, cancellationToken);
        db.ChangeTracker.Clear();
        var gone = new List<object>();
        await foreach (var application in applications.ListAsync(cancellationToken: cancellationToken))
        {
            var id = await applications.GetClientIdAsync(application, cancellationToken);
            if (id != OAuth.ClientId && documents.MachineClient(id ?? "") is null)
                gone.Add(application);
        }

        foreach (var application in gone)
            await applications.DeleteAsync(application, cancellationToken);
        foreach (var client in documents.MachineClients)
        {
            if (await applications.FindByClientIdAsync(client.Name, cancellationToken) is { } existing)
                await applications.UpdateAsync(existing, Of(client), cancellationToken);
            else
                await applications.CreateAsync(Of(client), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static OpenIddictApplicationDescriptor Of(MachineClient client)
    {
        var keys = new JsonWebKeySet();
        foreach (var key in client.Keys)
            keys.Keys.Add(key);
        return new()
        {
            ClientId = client.Name,
            ClientType = ClientTypes.Confidential,
            DisplayName = client.Name,
            JsonWebKeySet = keys,
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials, Permissions.Prefixes.Scope + OAuth.ApiScope },
        };
    }
}
