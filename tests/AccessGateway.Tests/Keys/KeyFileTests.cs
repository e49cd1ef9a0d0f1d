namespace AccessGateway.Tests.Keys;

using System.Runtime.Versioning;
using AccessGateway.Keys;
using Xunit;

[UnsupportedOSPlatform("windows")]
public sealed class KeyFileTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public void CreateKey_NoFile_32BytesForTheOwnerAlone()
    {
        KeyFile.CreateKey(_folder.KeyFile);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_folder.KeyFile));
        Assert.Equal(32, KeyFile.ReadKey(_folder.KeyFile, "Keys:File").Length);
        Assert.Equal([_folder.KeyFile], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task CreateKey_ManyAtOnce_OneStays()
    {
        var seen = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
        {
            KeyFile.CreateKey(_folder.KeyFile);
            return Convert.ToHexString(KeyFile.ReadKey(_folder.KeyFile, "Keys:File"));
        })));
        Assert.Single(seen.Distinct());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void ReadKey_OpenToOthers_Refused(UnixFileMode mode)
    {
        KeyFile.CreateKey(_folder.KeyFile);
        File.SetUnixFileMode(_folder.KeyFile, UnixFileMode.UserRead | mode);
        var failure = Assert.Throws<InvalidOperationException>(() => KeyFile.ReadKey(_folder.KeyFile, "Keys:File"));
        Assert.Contains("its mode must be 0400", failure.Message);
        Assert.StartsWith("Keys:File: ", failure.Message);

        // Nor through a link that itself looks harmless.
        var link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, _folder.KeyFile);
        Assert.Throws<InvalidOperationException>(() => KeyFile.ReadKey(link, "Keys:File"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(5000)]
    public void ReadKey_AnotherSize_Refused(int size)
    {
        File.WriteAllBytes(_folder.KeyFile, new byte[size]);
        File.SetUnixFileMode(_folder.KeyFile, UnixFileMode.UserRead);
        Assert.Throws<InvalidOperationException>(() => KeyFile.ReadKey(_folder.KeyFile, "Keys:File"));
    }

    public void Dispose() => _folder.Dispose();
}
