namespace AccessGateway.Keys;

using System.Security.Cryptography;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Keys that the gateway makes for itself at its first start and that all replicas share. Read by name, made if missing.</summary>
internal sealed class GatewaySecrets(IServiceScopeFactory scopes, SecretBox box)
{
    /// <summary>Returns the secret; of several first starts at once all get the same.</summary>
    public byte[] GetOrAdd(string name, Func<byte[]> create)
    {
        for (; ; )
        {
            using var scope = scopes.CreateScope();
            var db = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
            if (db.Secrets.AsNoTracking().SingleOrDefault(secret => secret.Name == name) is { } found)
                return box.Open(found.Ciphertext, nameof(Secret), name, nameof(Secret.Ciphertext));
            var fresh = create();
            db.Secrets.Add(new Secret { Name = name, Ciphertext = box.Seal(fresh, nameof(Secret), name, nameof(Secret.Ciphertext)) });
            CryptographicOperations.ZeroMemory(fresh);
            try
            {
                db.SaveChanges();
            }
            catch (DbUpdateException)
            {
                // Another replica was first; its secret is there now.
            }
        }
    }
}
