namespace AccessGateway.Pki.Tests;

using System.Formats.Asn1;
using Xunit;

public sealed class SubjectNamesTests
{
    private const string Cn = SubjectNames.CommonNameOid;
    private const string O = SubjectNames.OrganizationOid;
    private const string Ou = "2.5.4.11";

    [Theory]
    [InlineData(UniversalTagNumber.UTF8String)]
    [InlineData(UniversalTagNumber.PrintableString)]
    [InlineData(UniversalTagNumber.IA5String)]
    public void Read_UsualStrings_Read(UniversalTagNumber type)
    {
        var names = SubjectNames.Read(Csrs.Name((O, type, "one"), (O, type, "two"), (Cn, type, "ada")));

        Assert.Equal("ada", names.CommonName);
        Assert.Equal(["one", "two"], names.Organizations);
        Assert.True(names.HasOnlyCommonNameAndOrganizations);
    }

    [Fact]
    public void Read_SeveralCommonNames_NoneAndNotOnly()
    {
        var names = SubjectNames.Read(Csrs.Name((Cn, UniversalTagNumber.UTF8String, "ada"), (Cn, UniversalTagNumber.UTF8String, "bob")));

        Assert.Null(names.CommonName);
        Assert.False(names.HasOnlyCommonNameAndOrganizations);
    }

    [Fact]
    public void Read_AnotherAttribute_NotOnly()
    {
        var names = SubjectNames.Read(Csrs.Name((Cn, UniversalTagNumber.UTF8String, "ada"), (Ou, UniversalTagNumber.UTF8String, "x")));

        Assert.Equal("ada", names.CommonName);
        Assert.False(names.HasOnlyCommonNameAndOrganizations);
    }

    [Theory]
    [InlineData(UniversalTagNumber.BMPString)]
    [InlineData(UniversalTagNumber.T61String)]
    public void Read_StringThatReadersDecodeApart_NotOnly(UniversalTagNumber type)
    {
        var names = SubjectNames.Read(Csrs.Name((Cn, UniversalTagNumber.UTF8String, "ada"), (O, type, "one")));

        Assert.Empty(names.Organizations);
        Assert.False(names.HasOnlyCommonNameAndOrganizations);
    }

    [Fact]
    public void Read_SeveralInOnePart_AllRead()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        {
            foreach (var (oid, value) in new[] { (O, "one"), (Cn, "ada") })
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }

        var names = SubjectNames.Read(writer.Encode());

        Assert.Equal("ada", names.CommonName);
        Assert.Equal(["one"], names.Organizations);
    }

    [Fact]
    public void Read_BadUtf8_Refused()
    {
        var name = Csrs.Name((Cn, UniversalTagNumber.UTF8String, "aa"));
        name[^1] = 0xFF;

        Csrs.Refuse(Csrs.ByHand(subject: name));
    }

    [Fact]
    public void Read_ValueThatIsNoString_NotOnly()
    {
        var csr = Csrs.Accept(Csrs.ByHand(subject: Convert.FromHexString("300B3109300706035504030500")));

        Assert.Null(csr.CommonName);
    }

    [Theory]
    [InlineData("0500")]
    [InlineData("30020500")]
    [InlineData("300431020500")]
    [InlineData("300431023000")]
    [InlineData("300D310B3009060355040305000500")]
    public void Read_NoName_Refused(string hex) => Csrs.Refuse(Csrs.ByHand(subject: Convert.FromHexString(hex)));
}
