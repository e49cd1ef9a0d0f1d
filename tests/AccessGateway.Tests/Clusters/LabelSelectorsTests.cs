namespace AccessGateway.Tests.Clusters;

using AccessGateway.Clusters;
using k8s.Models;
using Xunit;

public sealed class LabelSelectorsTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["rbac.example.com/aggregate-to-view"] = "true", ["tier"] = "dev", ["empty"] = "" };

    [Theory]
    [InlineData("rbac.example.com/aggregate-to-view=true", true)]
    [InlineData("rbac.example.com/aggregate-to-view=false", false)]
    [InlineData("tier=dev,rbac.example.com/aggregate-to-view=true", true)]
    [InlineData("tier=dev,other=x", false)]
    [InlineData("tier in (dev,test)", true)]
    [InlineData("tier in (test)", false)]
    [InlineData("tier notin (test)", true)]
    [InlineData("tier notin (dev,test)", false)]
    [InlineData("other notin (x)", true)]
    [InlineData("tier", true)]
    [InlineData("!tier", false)]
    [InlineData("!other,tier", true)]
    [InlineData("empty=", true)]
    [InlineData("", true)]
    public void Selects_Selector_AsTheApiServer(string selector, bool expected) => Assert.Equal(expected, LabelSelectors.Selects(selector, Labels));

    [Fact]
    public void Selects_WhatTheReaderWrites_Understood()
    {
        var selector = RbacObjects.Selector(new V1LabelSelector
        {
            MatchLabels = new Dictionary<string, string> { ["tier"] = "dev" },
            MatchExpressions = [new() { Key = "other", OperatorProperty = "DoesNotExist" }, new() { Key = "tier", OperatorProperty = "In", Values = ["a", "dev"] }, new() { Key = "empty", OperatorProperty = "Exists" }],
        });
        Assert.True(LabelSelectors.Selects(selector, Labels));
        Assert.False(LabelSelectors.Selects(selector, new Dictionary<string, string>(Labels) { ["other"] = "" }));
    }
}
