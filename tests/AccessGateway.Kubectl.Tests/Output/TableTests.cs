namespace AccessGateway.Kubectl.Tests.Output;

using AccessGateway.Kubectl.Output;

public sealed class TableTests
{
    [Fact]
    public void Write_Rows_AlignsThemThreeApartAndEndsLinesClean()
    {
        using var to = new StringWriter { NewLine = "\n" };

        Table.Write(to, ["NAME", "STATE", "LAST"], [["a", "Active", ""], ["a-longer-name", null, "x\ny"]]);

        Assert.Equal(
            "NAME            STATE    LAST\n"
            + "a               Active   -\n"
            + "a-longer-name   -        x\\u{A}y\n",
            to.ToString());
    }
}
