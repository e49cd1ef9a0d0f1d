namespace AccessGateway.Portal.SignIn;

using System.Globalization;
using System.Text;
using QRCoder;

/// <summary>A QR code as one SVG path. QRCoder's own SVG carries style attributes, which the Content-Security-Policy forbids.</summary>
internal sealed record QrCode(int Size, string Path)
{
    /// <summary>Modules per side, with the quiet zone of 4 that ISO/IEC 18004 asks for.</summary>
    public static QrCode Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows[y].Length; x++)
            {
                var start = x;
                while (x < rows[y].Length && rows[y][x])
                    x++;
                if (x > start)
                    path.Append(CultureInfo.InvariantCulture, $"M{start} {y}h{x - start}v1h-{x - start}z");
            }
        }

        return new QrCode(rows.Count, path.ToString());
    }
}
