namespace AccessGateway.Tests.Keys;

using System.Text;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>What the tests of encryption at rest do over and over.</summary>
internal static class SealedThings
{
    public static SecretBox Box(this TestGateway gateway) => gateway.Services.GetRequiredService<SecretBox>();

    public static Task<T> WithDbAsync<T>(this TestGateway gateway, Func<GatewayDbContext, Task<T>> act) => gateway.WithAsync(act);

    public static Task<List<DataKey>> DataKeysAsync(this TestGateway gateway) => gateway.WithDbAsync(db => db.DataKeys.AsNoTracking().ToListAsync());

    /// <summary>Adds a factor with a secret of the test's choice; the row must have a user.</summary>
    public static async Task<string> AddFactorAsync(this TestGateway gateway, string userId, string secret)
    {
        var id = Identifier.New("tf");
        await gateway.WithDbAsync(db =>
        {
            db.TotpFactors.Add(new TotpFactor { Id = id, UserId = userId, SealedSecret = gateway.SealFactor(id, secret), CreatedAt = gateway.Clock.GetUtcNow() });
            return db.SaveChangesAsync();
        });
        return id;
    }

    public static byte[] SealFactor(this TestGateway gateway, string id, string secret) => SecondFactor.Seal(gateway.Box(), Encoding.UTF8.GetBytes(secret), id);

    public static async Task<string> OpenFactorAsync(this TestGateway gateway, string id)
    {
        var ciphertext = await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == id).Select(row => row.SealedSecret).SingleAsync());
        return Encoding.UTF8.GetString(gateway.Box().Open(ciphertext, nameof(TotpFactor), id, nameof(TotpFactor.SealedSecret)));
    }

    /// <summary>Something sealed for each purpose: a factor, one on offer, an enrolment under way, a CA, a provider's token, cookies' and OAuth's keys.</summary>
    public static async Task<TestUser> FillAsync(this TestGateway gateway, string name = "alice")
    {
        var user = await gateway.AddUserAsync(name, "platform");
        var link = TestGateway.Value(await gateway.WithAsync<Users, Problems.Outcome<string>>(users => users.AddAsync("test", $"{name}-new", [], default)));
        TestGateway.Value(await gateway.WithAsync<Enrolments, Problems.Outcome<EnrolmentStep>>(enrolments => enrolments.ChoosePasswordAsync(link, TestGateway.GoodPassword, default)));
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", $"cluster-of-{name}", default));
        await gateway.BrowserAsync(user);
        gateway.Services.GetRequiredService<GatewaySecrets>().GetOrAdd($"secret-of-{name}", () => [1, 2, 3]);
        await gateway.AddOfferAndProviderAsync(user, name);
        return user;
    }

    /// <summary>An authenticator on offer, and a provider's refresh token.</summary>
    private static Task<int> AddOfferAndProviderAsync(this TestGateway gateway, TestUser user, string name) => gateway.WithDbAsync(db =>
    {
        var offer = Identifier.New("fo");
        db.FactorOffers.Add(new FactorOffer
        {
            Id = offer,
            UserId = user.Caller.UserId,
            Kind = FactorKind.Totp,
            LoginId = "bl-x",
            Name = "Tablet",
            SealedState = gateway.Box().Seal([1, 2, 3], nameof(FactorOffer), offer, nameof(FactorOffer.SealedState)),
            ExpiresAt = gateway.Clock.GetUtcNow().AddDays(1),
        });
        db.ProviderIdentities.Add(new ProviderIdentity
        {
            UserId = user.Caller.UserId,
            Provider = "corp",
            Issuer = "https://id.example.com/",
            Subject = name,
            SealedRefreshToken = ProviderAccounts.SealToken(gateway.Box(), "refresh token", user.Caller.UserId),
            CreatedAt = gateway.Clock.GetUtcNow(),
        });
        return db.SaveChangesAsync();
    });

    public static async Task<List<SealedValueState>> CheckAsync(this TestGateway gateway)
    {
        var states = new List<SealedValueState>();
        await gateway.WithAsync<KeyInventory, object?>(async inventory =>
        {
            await foreach (var state in inventory.CheckAsync(default))
                states.Add(state);
            return null;
        });
        return states;
    }

    /// <summary>Rotates and moves the clock past the wait.</summary>
    public static async Task<KeyRotationResult> RotateAsync(this TestGateway gateway)
    {
        var rotation = Task.Run(() => gateway.WithAsync<KeyRotation, KeyRotationResult>(keys => keys.RunAsync("test", KeyRotation.DefaultWait, gateway.Clock, default)));
        await Eventually.TrueAsync(() =>
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(rotation.IsCompleted);
        });
        return await rotation;
    }
}
