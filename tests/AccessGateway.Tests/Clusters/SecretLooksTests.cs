namespace AccessGateway.Tests.Clusters;

using System.Diagnostics;
using AccessGateway.Clusters;
using Xunit;

public sealed class SecretLooksTests
{
    [Theory]
    [InlineData("tls.key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "a private key in PEM")]
    [InlineData("bundle.pem", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIIE", "a private key in PEM")]
    [InlineData("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "a private key in PEM")]
    [InlineData("config", "region=eu\nkey=AKIAIOSFODNN7EXAMPLE", "a token in a known form")]
    [InlineData("x", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "a token in a known form")]
    [InlineData("x", "glpat-0123456789abcdefghij", "a token in a known form")]
    [InlineData("x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl", "a token in a known form")]
    [InlineData("DATABASE_URL", "postgres://shop:hunter22@db:5432/shop", "an address with a password in it")]
    [InlineData("app.properties", "user=shop\ndb.password = hunter22\n", "a setting named like a secret")]
    [InlineData("app.yaml", "db:\n  password: hunter22\n", "a setting named like a secret")]
    [InlineData("app.json", "{\n  \"clientSecret\": \"x\",\n  \"client_secret\": \"0a1b2c3d\"\n}", "a setting named like a secret")]
    [InlineData("DB_PASSWORD", "hunter22", "a value under a name like a secret's")]
    [InlineData("api-key", "0a1b2c3d4e", "a value under a name like a secret's")]
    public void KindOf_Secret_ItsKind(string key, string value, string kind) => Assert.Equal(kind, SecretLooks.KindOf(key, value));

    [Theory]
    [InlineData("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("DB_PASSWORD", "")]
    [InlineData("DB_PASSWORD", "$(PASSWORD)")]
    [InlineData("DB_PASSWORD", "${PASSWORD}")]
    [InlineData("DB_PASSWORD_FILE", "/run/secrets/password")]
    [InlineData("DB_PASSWORD", "/run/secrets/password")]
    [InlineData("TOKEN_URL", "https://issuer.example.com/token")]
    [InlineData("TOKEN", "https://issuer.example.com/token")]
    [InlineData("TOKEN", "true")]
    [InlineData("TOKEN", "3600s")]
    [InlineData("SECRET_NAME", "database")]
    [InlineData("password", "********")]
    [InlineData("app.properties", "password=${DB_PASSWORD}\ntoken.lifetime=3600\n# password=hunter22\n")]
    [InlineData("app.yaml", "secret:\n  name: database\n")]
    [InlineData("jws-kubeconfig-abcdef", "eyJhbGciOiJIUzI1NiJ9..c2lnbmF0dXJlc2lnbmF0dXJl")]
    [InlineData("nginx.conf", "proxy_pass http://127.0.0.1:8080/;\nssl_certificate_key /etc/tls/tls.key;")]
    [InlineData("text", "see https://example.com/a:b@c")]
    public void KindOf_Harmless_Nothing(string key, string value) => Assert.Null(SecretLooks.KindOf(key, value));

    /// <summary>A ConfigMap has a megabyte, and whoever writes one chooses what is in it.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("password")]
    [InlineData("a_")]
    [InlineData("eyJaaaaaaaa.")]
    [InlineData("x://a:b")]
    [InlineData("password=\n")]
    [InlineData("-----BEGIN A ")]
    public void KindOf_Bomb_SoonDone(string piece)
    {
        var value = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        var start = Stopwatch.GetTimestamp();
        SecretLooks.KindOf("key", value);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
