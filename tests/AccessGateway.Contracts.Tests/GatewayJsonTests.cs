namespace AccessGateway.Contracts.Tests;

using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

/// <summary>What a server reads strictly, a client reads kindly; both write the same.</summary>
public sealed class GatewayJsonTests
{
    private const string Good = """{"cluster":"dev","role":"viewer","duration":"10m"}""";

    private static readonly JsonSerializerOptions Strict = Options();

    [Fact]
    public void Strict_GoodBody_Read() => Assert.Equal("10m", Read(Good)!.Duration);

    [Theory]
    [InlineData("""{"cluster":"dev","role":"viewer","durations":"10m"}""")]
    [InlineData("""{"cluster":"dev","role":"viewer","role":"admin"}""")]
    [InlineData("""{"Cluster":"dev","role":"viewer"}""")]
    [InlineData("""{"cluster":"dev"}""")]
    [InlineData("""{"cluster":"dev","role":null}""")]
    [InlineData("""{"clusters":"dev","role":"viewer"}""")]
    [InlineData("""{"cluster":1,"role":"viewer"}""")]
    [InlineData("""{"cluster":"dev","role":"viewer",}""")]
    [InlineData("""{"cluster":"dev",/* */"role":"viewer"}""")]
    [InlineData("""[]""")]
    [InlineData("""{"cluster":"dev","role":"viewer"} x""")]
    public void Strict_AnythingElse_Refused(string body) => Assert.ThrowsAny<JsonException>(() => Read(body));

    [Fact]
    public void Strict_SixtyFourLevels_Refused() =>
        Assert.ThrowsAny<JsonException>(() => Read($$"""{"cluster":"dev","role":"viewer","namespaces":{{new string('[', 64)}}{{new string(']', 64)}}}"""));

    [Theory]
    [InlineData("""{"verdict":"approve"}""", true)]
    [InlineData("""{"verdict":"Approve"}""", true)]
    [InlineData("""{"verdict":"approved"}""", false)]
    [InlineData("""{"verdict":0}""", false)]
    [InlineData("""{"verdict":"0"}""", false)]
    [InlineData("""{"verdict":""}""", false)]
    public void Strict_Enum_ByNameOnly(string body, bool accepted)
    {
        var failure = Record.Exception(() => JsonSerializer.Deserialize<SubmitReview>(body, Strict));
        Assert.Equal(accepted, failure is null);
    }

    [Fact]
    public void Client_FieldOfALaterVersion_Ignored() =>
        Assert.Equal("x", JsonSerializer.Deserialize("""{"name":"x","groups":[],"administrator":true,"later":1}""", GatewayJson.Default.Me)!.Name);

    [Fact]
    public void Write_Instants_AreUtc() =>
        Assert.Contains("\"2026-01-02T03:04:05+00:00\"", JsonSerializer.Serialize(new StepUpResponse("p", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), GatewayJson.Default.StepUpResponse), StringComparison.Ordinal);

    /// <summary>A record that is missing in the context would fail in the plugin, which has no reflection.</summary>
    [Fact]
    public void Context_EveryWireRecord_Known()
    {
        var roots = typeof(GatewayJson).GetCustomAttributesData().Where(data => data.AttributeType == typeof(JsonSerializableAttribute)).Select(data => (Type)data.ConstructorArguments[0].Value!).ToList();
        var known = roots.SelectMany(type => type.IsGenericType ? [type, .. type.GetGenericArguments()] : (Type[])[type]).ToHashSet();
        var nested = new Queue<Type>(known);
        while (nested.TryDequeue(out var type))
        {
            foreach (var part in type.GetProperties().SelectMany(property => property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments() : [property.PropertyType]))
            {
                if (part.Assembly == typeof(GatewayJson).Assembly && known.Add(part))
                    nested.Enqueue(part);
            }
        }

        var records = typeof(GatewayJson).Assembly.GetExportedTypes().Where(type => type.GetMethod("<Clone>$") is not null && !type.IsGenericTypeDefinition);
        Assert.Empty(records.Except(known));
    }

    private static SubmitAccessRequest? Read(string body) => JsonSerializer.Deserialize<SubmitAccessRequest>(body, Strict);

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        GatewayJson.Strict(options);
        return options;
    }
}
