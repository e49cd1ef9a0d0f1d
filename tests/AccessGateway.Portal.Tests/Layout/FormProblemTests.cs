namespace AccessGateway.Portal.Tests.Layout;

using AccessGateway.Contracts;
using AccessGateway.Portal.Layout;
using AccessGateway.Problems;
using Xunit;

public sealed class FormProblemTests
{
    [Fact]
    public void Of_InvalidField_StandsBesideTheField()
    {
        var problem = FormProblem.Of(new Refusal.Invalid("duration", "must be more."));
        Assert.Null(problem.General);
        Assert.Equal("This must be more.", problem["duration"]);
        Assert.Null(problem["reason"]);
    }

    [Fact]
    public void Of_WrongCodeOrLocked_StandsBesideTheCode()
    {
        Assert.Equal("Wrong.", FormProblem.Of(new Refusal.Forbidden("Wrong.", ProblemCodes.StepUpFailed))["code"]);
        Assert.Contains("5m", FormProblem.Of(new Refusal.Locked(TimeSpan.FromMinutes(5)))["code"], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Conflict_StandsAboveTheForm() => Assert.Equal("Too late.", FormProblem.Of(new Refusal.Conflict("Too late.")).General);

    [Fact]
    public void For_FieldThatTheFormLacks_MovesToTheTop()
    {
        var problem = FormProblem.Of(new Refusal.Invalid("two", new Dictionary<string, string[]> { ["role"] = ["Not now."], ["reason"] = ["Too short."] })).For("reason");
        Assert.Equal("Not now.", problem.General);
        Assert.Equal("Too short.", problem["reason"]);
        Assert.Null(problem["role"]);
    }
}
