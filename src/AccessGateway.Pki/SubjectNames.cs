namespace AccessGateway.Pki;

using System.Formats.Asn1;

/// <summary>
/// What Kubernetes would read out of a subject (RFC 5280, section 4.1.2.4): the user from CN and the groups from O.
/// </summary>
/// <param name="CommonName">The only CN; null where there is none, or several.</param>
/// <param name="Organizations">Every O, in order.</param>
/// <param name="HasOnlyCommonNameAndOrganizations">One CN, any number of O, and nothing else.</param>
internal sealed record SubjectNames(string? CommonName, IReadOnlyList<string> Organizations, bool HasOnlyCommonNameAndOrganizations)
{
    internal const string CommonNameOid = "2.5.4.3";
    internal const string OrganizationOid = "2.5.4.10";

    /// <param name="name">The DER of a Name.</param>
    /// <exception cref="AsnContentException">It is none.</exception>
    internal static SubjectNames Read(ReadOnlyMemory<byte> name)
    {
        var commonNames = new List<string>();
        var organizations = new List<string>();
        var others = 0;

        var reader = new AsnReader(name, AsnEncodingRules.DER);
        var relativeNames = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        while (relativeNames.HasData)
        {
            var attributes = relativeNames.ReadSetOf();
            while (attributes.HasData)
            {
                var (oid, value) = ReadAttribute(attributes.ReadSequence());
                if (oid == CommonNameOid && value is not null) commonNames.Add(value);
                else if (oid == OrganizationOid && value is not null) organizations.Add(value);
                else others++;
            }
        }

        return new SubjectNames(
            commonNames.Count == 1 ? commonNames[0] : null,
            organizations.AsReadOnly(),
            commonNames.Count == 1 && others == 0);
    }

    /// <summary>The value is null where it is no string of a kind that every reader decodes alike.</summary>
    private static (string Oid, string? Value) ReadAttribute(AsnReader attribute)
    {
        var oid = attribute.ReadObjectIdentifier();
        var tag = attribute.PeekTag();
        string? value = null;
        if (tag.HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.UTF8String)))
            value = attribute.ReadCharacterString(UniversalTagNumber.UTF8String);
        else if (tag.HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.PrintableString)))
            value = attribute.ReadCharacterString(UniversalTagNumber.PrintableString);
        else if (tag.HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.IA5String)))
            value = attribute.ReadCharacterString(UniversalTagNumber.IA5String);
        else
            attribute.ReadEncodedValue();

        attribute.ThrowIfNotEmpty();
        return (oid, value);
    }
}
