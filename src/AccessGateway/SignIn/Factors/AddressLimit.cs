namespace AccessGateway.SignIn;

using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Bounds how often sign-ins may fail from one address, against trying one password on many names. It is the connection's own
/// address, never a header's, so behind a proxy it is everybody's: therefore only failures count, many are allowed, and a browser in
/// which the very account has signed in before is let through, as is every passkey.
/// </summary>
internal sealed class AddressLimit(GatewayDbContext db, AddressBuckets buckets, KnownBrowsers browsers, TimeProvider clock)
{
    /// <summary>So many in a window.</summary>
    public const int Failures = 100;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <param name="userId">Null for an unknown name.</param>
    public async Task<Refusal.Locked?> CheckAsync(string address, string? userId, CancellationToken cancellationToken)
    {
        var (bucket, now) = (buckets.Of(address), clock.GetUtcNow());
        var full = await db.AddressFailures.AsNoTracking()
            .Where(row => row.Bucket == bucket && row.Count >= Failures && row.WindowEndsAt > now)
            .Select(row => (DateTimeOffset?)row.WindowEndsAt)
            .SingleOrDefaultAsync(cancellationToken);
        return full is { } until && !browsers.Knows(userId) ? new Refusal.Locked(until - now) : null;
    }

    /// <summary>What stands for a name that nobody has: it may be a password that was typed into the wrong field.</summary>
    public string Hide(string name) => buckets.Hide(name);

    /// <summary>Counts a failure in the caller's transaction.</summary>
    public async Task CountAsync(string address, CancellationToken cancellationToken)
    {
        var (bucket, now) = (buckets.Of(address), clock.GetUtcNow());
        var end = now + Window;
        if (await db.AddressFailures.Where(row => row.Bucket == bucket && row.WindowEndsAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Count, row => row.Count + 1), cancellationToken) == 1)
            return;
        // One statement, because a failed insert would end the whole transaction on PostgreSQL.
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO "AddressFailures" ("Bucket", "Count", "WindowEndsAt") VALUES ({bucket}, 1, {end.UtcTicks})
            ON CONFLICT ("Bucket") DO UPDATE SET
              "Count" = CASE WHEN "AddressFailures"."WindowEndsAt" > {now.UtcTicks} THEN "AddressFailures"."Count" + 1 ELSE 1 END,
              "WindowEndsAt" = CASE WHEN "AddressFailures"."WindowEndsAt" > {now.UtcTicks} THEN "AddressFailures"."WindowEndsAt" ELSE {end.UtcTicks} END
            """,
            cancellationToken);
    }
}

/// <summary>Sorts addresses into a fixed number of buckets, under a key, so that nobody can choose an address that shares another's.</summary>
internal sealed class AddressBuckets(GatewaySecrets secrets)
{
    public const int Count = 1 << 16;

    private readonly Lazy<byte[]> _key = new(() => secrets.GetOrAdd("address-buckets", () => RandomNumberGenerator.GetBytes(32)));

    public int Of(string address)
    {
        var hash = HMACSHA256.HashData(_key.Value, Encoding.ASCII.GetBytes(Network(address)));
        return (hash[0] << 8) | hash[1];
    }

    /// <summary>Begins with a sign that no name has.</summary>
    public string Hide(string name) => $"?{Base64Url.EncodeToString(HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(name)).AsSpan(0, 16))}";

    /// <summary>IPv4 as it is; of IPv6 the first 64 bits, which one household has.</summary>
    private static string Network(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
            return "unknown";
        if (parsed.IsIPv4MappedToIPv6)
            parsed = parsed.MapToIPv4();
        return parsed.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(parsed.GetAddressBytes().AsSpan(0, 8)) : parsed.ToString();
    }
}
