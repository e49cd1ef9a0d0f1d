namespace AccessGateway.Keys;

using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using AccessGateway.Persistence;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

/// <summary>
/// Keeps ASP.NET Core's Data Protection keys (cookies, antiforgery) in the database, each sealed whole and for its row. A key that does
/// not open stops all of them: skipping it could skip a revocation.
/// </summary>
internal sealed class SealedXmlRepository(IServiceScopeFactory scopes, SecretBox box) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        return [.. db.DataProtectionKeys.AsNoTracking().OrderBy(key => key.Name).AsEnumerable().Select(Open)];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var name = string.IsNullOrEmpty(friendlyName) ? Identifier.New("dp") : friendlyName;
        var xml = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting));
        var ciphertext = box.Seal(xml, nameof(DataProtectionKey), name, nameof(DataProtectionKey.SealedXml));
        CryptographicOperations.ZeroMemory(xml);
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        db.DataProtectionKeys.Add(new DataProtectionKey { Name = name, SealedXml = ciphertext });
        db.SaveChanges();
    }

    private XElement Open(DataProtectionKey key)
    {
        var xml = box.Open(key.SealedXml, nameof(DataProtectionKey), key.Name, nameof(DataProtectionKey.SealedXml));
        try
        {
            return XElement.Parse(Encoding.UTF8.GetString(xml));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    /// <summary>Makes Data Protection use this repository.</summary>
    internal sealed class Configuration(IServiceScopeFactory scopes, SecretBox box) : IConfigureOptions<KeyManagementOptions>
    {
        public void Configure(KeyManagementOptions options)
        {
            options.XmlRepository = new SealedXmlRepository(scopes, box);
            // Data Protection has nothing left to encrypt: what it hands over is sealed whole.
            options.XmlEncryptor = new NullXmlEncryptor();
        }
    }
}
