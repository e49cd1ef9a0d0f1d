namespace AccessGateway.Persistence;

using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Seals ASP.NET Core's Data Protection keys (cookies, antiforgery) like every other key.</summary>
internal sealed class SealedXmlEncryptor(SecretBox box) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var ciphertext = box.Seal(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)), "DataProtection", "", "Key");
        return new EncryptedXmlInfo(new XElement("sealed", Convert.ToBase64String(ciphertext)), typeof(SealedXmlDecryptor));
    }
}

/// <summary>Opens what <see cref="SealedXmlEncryptor"/> sealed; Data Protection makes it by its type.</summary>
internal sealed class SealedXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var box = services.GetRequiredService<SecretBox>();
        return XElement.Parse(Encoding.UTF8.GetString(box.Open(Convert.FromBase64String(encryptedElement.Value), "DataProtection", "", "Key")));
    }
}
