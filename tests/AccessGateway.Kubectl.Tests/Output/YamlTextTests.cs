namespace AccessGateway.Kubectl.Tests.Output;

using System.Text.Json;
using AccessGateway.Kubectl.Output;

public sealed class YamlTextTests
{
    [Fact]
    public void Write_Nested_IndentsAsKubectlDoes()
    {
        const string json = """
            {"items":[{"id":"ar-1","namespaces":["a","b"],"labels":{"tier":"dev"},"none":[],"empty":{},"count":3,"ok":true,"nil":null,"deep":[[1,2],[{"a":1,"b":2}]]},{"id":"ar-2"}]}
            """;

        Assert.Equal(
            """
            items:
            - id: ar-1
              namespaces:
              - a
              - b
              labels:
                tier: dev
              none: []
              empty: {}
              count: 3
              ok: true
              nil: null
              deep:
              - - 1
                - 2
              - - a: 1
                  b: 2
            - id: ar-2

            """,
            Write(json));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("two words", "two words")]
    [InlineData("https://127.0.0.1:6443", "https://127.0.0.1:6443")]
    [InlineData("", "\"\"")]
    [InlineData("true", "\"true\"")]
    [InlineData("No", "\"No\"")]
    [InlineData("null", "\"null\"")]
    [InlineData("n", "\"n\"")]
    [InlineData("1e5", "\"1e5\"")]
    [InlineData("2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("a:", "\"a:\"")]
    [InlineData("a #b", "\"a #b\"")]
    [InlineData(" a ", "\" a \"")]
    [InlineData("- a", "\"- a\"")]
    [InlineData("a\nb\"c\\", "\"a\\nb\\\"c\\\\\"")]
    [InlineData("\e\u202e", "\"\\u001B\\u202E\"")]
    [InlineData("Zürich 🚀", "\"Zürich 🚀\"")]
    [InlineData("\U000e0001", "\"\\U000E0001\"")]
    public void Write_String_IsQuotedWhereItMust(string text, string expected) =>
        Assert.Equal(expected + "\n", Write(JsonSerializer.Serialize(text)));

    private static string Write(string json)
    {
        using var to = new StringWriter { NewLine = "\n" };
        using var document = JsonDocument.Parse(json);
        YamlText.Write(to, document.RootElement);
        return to.ToString();
    }
}
