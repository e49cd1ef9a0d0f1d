namespace AccessGateway.Tests.Clusters;

using System.Text.Json;
using System.Text.Json.Nodes;
using AccessGateway.Clusters;
using Cel;
using k8s;
using k8s.Models;
using Xunit;

/// <summary>
/// What the ValidatingAdmissionPolicy lets pass and what not, by an evaluator of CEL for .NET. The one that Kubernetes uses tries the same
/// policy and the same objects in tests/cel, whenever the policy changes.
/// </summary>
public sealed class OwnWritesTests
{
    private const string Gateway = "system:serviceaccount:ops:gateway";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Clusters", "OwnWrites");

    public static TheoryData<string> Cases => [.. Read("cases.json").AsArray().Select(item => (string)item!["name"]!)];

    /// <summary>Whoever changes the policy writes it down here, and runs tests/cel/run.sh.</summary>
    [Fact]
    public void Limits_OfAGateway_AreThoseThatWereTried()
    {
        var made = JsonNode.Parse(KubernetesJson.Serialize(Policy()))!;
        Assert.True(JsonNode.DeepEquals(Read("policy.json"), made), made.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Limits_Write_AllowedOrNot(string name)
    {
        var item = Read("cases.json").AsArray().Single(item => (string)item!["name"]! == name)!.AsObject();
        Assert.Equal((bool)item["allowed"]!, Allows(Policy().Spec, item));
    }

    private static V1ValidatingAdmissionPolicy Policy() => (V1ValidatingAdmissionPolicy)OwnWrites.Limits("ops", "gateway", "east")[0];

    private static bool Allows(V1ValidatingAdmissionPolicySpec spec, JsonObject item)
    {
        var variables = new Dictionary<string, object?>();
        var facts = new Dictionary<string, object?>
        {
            ["request"] = new Dictionary<string, object?>
            {
                ["userInfo"] = new Dictionary<string, object?> { ["username"] = (string?)item["user"] ?? Gateway },
                ["operation"] = (string?)item["operation"] ?? "CREATE",
                ["resource"] = new Dictionary<string, object?> { ["resource"] = (string?)item["resource"] },
            },
            ["object"] = ToFact(item["object"]),
            ["oldObject"] = ToFact(item["oldObject"]),
            ["variables"] = variables,
        };
        if (!spec.MatchConditions.All(condition => IsTrue(condition.Expression, facts)))
            return true;
        foreach (var variable in spec.Variables)
            variables[variable.Name] = new CelEnvironment([], "").Program(variable.Expression, facts);
        return spec.Validations.All(validation => IsTrue(validation.Expression, facts));
    }

    /// <summary>An error counts as no: failurePolicy is Fail.</summary>
    private static bool IsTrue(string expression, Dictionary<string, object?> facts)
    {
        try
        {
            return new CelEnvironment([], "").Program(expression, facts) is true;
        }
        catch (CelException)
        {
            return false;
        }
    }

    private static object? ToFact(JsonNode? node) => node switch
    {
        JsonObject item => item.ToDictionary(pair => pair.Key, pair => ToFact(pair.Value)),
        JsonArray items => items.Select(ToFact).ToArray(),
        { } value when value.GetValueKind() == JsonValueKind.String => (string)value!,
        _ => null,
    };

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;
}
