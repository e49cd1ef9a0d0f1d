namespace AccessGateway.Tests.Policy;

using AccessGateway.Policy;
using Xunit;

/// <summary>Compares decisions.</summary>
internal static class Decided
{
    public static RoleOffer? OfferOf(Decision decision) => decision switch
    {
        Decision.Automatic automatic => automatic.Offer,
        Decision.NeedsApproval needed => needed.Offer,
        _ => null,
    };

    public static void AssertNotLooser(RoleOffer loose, RoleOffer strict, RequestFacts facts)
    {
        Assert.Equal(loose.Target, strict.Target);
        Assert.True(strict.MaxDuration <= loose.MaxDuration && strict.DefaultDuration <= loose.DefaultDuration);
        Assert.True(strict.PendingLifetime <= loose.PendingLifetime && strict.MfaMaxAge <= loose.MfaMaxAge);
        Assert.Empty(strict.MfaFactors.Except(loose.MfaFactors));
        Assert.NotEmpty(strict.MfaFactors);
        Assert.True(strict.Privileged || !loose.Privileged);
        Assert.True(strict.ApprovalsRequired >= loose.ApprovalsRequired);
        Assert.All(loose.Approval, rule => Assert.Contains(strict.Approval, other => other.Reviewers == rule.Reviewers && other.Required >= rule.Required));
        Assert.All(facts.Namespaces, name => Assert.True(!strict.OffersNamespace(name) || loose.OffersNamespace(name)));
        Assert.Empty(loose.Reasons.Except(strict.Reasons));
        Assert.Empty(loose.Hours.Except(strict.Hours));
    }

    /// <summary>Everything but the words, which may name policies in their order.</summary>
    public static void AssertSame(Decision expected, Decision actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        if (expected is Decision.Denied denied)
        {
            Assert.Equal((denied.Field, denied.NotOffered), (((Decision.Denied)actual).Field, ((Decision.Denied)actual).NotOffered));
            return;
        }

        var (first, second) = (OfferOf(expected)!, OfferOf(actual)!);
        Assert.Equal(
            (first.Target, first.Scope, first.MaxDuration, first.DefaultDuration, first.PendingLifetime, first.MfaMaxAge, first.Privileged, first.ApprovalsRequired),
            (second.Target, second.Scope, second.MaxDuration, second.DefaultDuration, second.PendingLifetime, second.MfaMaxAge, second.Privileged, second.ApprovalsRequired));
        Assert.Equal(first.MfaFactors, second.MfaFactors);
        Assert.Equal(first.Policies.Order(), second.Policies.Order());
    }

    public static int Strictness(Decision decision) => decision switch { Decision.Automatic => 0, Decision.NeedsApproval => 1, _ => 2 };
}
