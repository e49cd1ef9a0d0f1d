namespace AccessGateway.Portal.Tests.SignIn;

using System.Globalization;
using System.Text.RegularExpressions;
using AccessGateway.Portal.SignIn;
using Bunit;
using QRCoder;
using Xunit;

public sealed partial class QrImageTests : BunitContext
{
    private const string Address = "otpauth://totp/AccessGateway:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=AccessGateway";

    [Fact]
    public void Of_Address_DrawsExactlyTheDarkModules()
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(Address, QRCodeGenerator.ECCLevel.M);
        var code = QrCode.Of(Address);

        Assert.Equal(data.ModuleMatrix.Count, code.Size);
        var drawn = new HashSet<(int X, int Y)>();
        foreach (Match run in Run().Matches(code.Path))
        {
            var (x, y, length) = (Number(run, 1), Number(run, 2), Number(run, 3));
            Assert.Equal(length, Number(run, 4));
            for (var i = 0; i < length; i++)
                Assert.True(drawn.Add((x + i, y)));
        }

        for (var y = 0; y < code.Size; y++)
        {
            for (var x = 0; x < code.Size; x++)
                Assert.Equal(data.ModuleMatrix[y][x], drawn.Contains((x, y)));
        }
    }

    [Fact]
    public void Render_Address_ObeysTheContentSecurityPolicy()
    {
        var image = Render<QrImage>(parameters => parameters.Add(it => it.Text, Address).Add(it => it.Label, "A code"));

        var svg = image.Find("svg[role=img]");
        Assert.Equal("A code", svg.GetAttribute("aria-label"));
        Assert.Empty(image.FindAll("[style], style, script"));
        Assert.Equal($"0 0 {QrCode.Of(Address).Size} {QrCode.Of(Address).Size}", svg.GetAttribute("viewBox"));
    }

    private static int Number(Match run, int group) => int.Parse(run.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"M(\d+) (\d+)h(\d+)v1h-(\d+)z")]
    private static partial Regex Run();
}
