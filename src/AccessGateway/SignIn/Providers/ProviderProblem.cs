namespace AccessGateway.SignIn;

/// <summary>Why a sign-in through a provider came to nothing: the closed list. Each has a page of its own words, and stands in the audit log
/// by its name in snake case.</summary>
internal enum ProviderProblem
{
    /// <summary>The person said no at the provider, or the provider said no to the person.</summary>
    Cancelled,

    /// <summary>The answer belongs to no sign-in that this browser began: no state, somebody else's, or no cookie.</summary>
    OtherBrowser,

    /// <summary>The person took longer than the sign-in may.</summary>
    TooLate,

    /// <summary>The same answer came before: back button, reload, or somebody replays it.</summary>
    Replayed,

    /// <summary>The provider cannot be reached, or fails.</summary>
    Unreachable,

    /// <summary>The provider answered with an error of its own.</summary>
    ProviderError,

    /// <summary>The answer breaks the protocol or is not from the provider: issuer, audience, nonce, signature, algorithm, missing parts.</summary>
    NotTrusted,

    /// <summary>The ID token is not valid at this moment by our clock.</summary>
    Clock,

    /// <summary>The claim with the user name is missing or not usable.</summary>
    NoUserName,

    /// <summary>The user name is outside of what the settings allow.</summary>
    NotAllowed,

    /// <summary>An account of that name exists and is not linked to this person.</summary>
    NameTaken,

    /// <summary>There is no account, and none is made just in time.</summary>
    NoAccount,

    /// <summary>None of the mapped groups, where one is required.</summary>
    NoGroup,

    /// <summary>The provider left the groups out because there are too many.</summary>
    TooManyGroups,

    /// <summary>The provider's MFA is demanded, and the ID token does not show it.</summary>
    NoMfa,

    /// <summary>The account is disabled here.</summary>
    Disabled,

    /// <summary>The second factor was taken away by an administrator; enrolling anew takes their link.</summary>
    FactorReset,
}

internal static class ProviderProblems
{
    /// <summary>As it stands in addresses and in the audit log.</summary>
    public static string NameOf(ProviderProblem problem) =>
        string.Concat(problem.ToString().Select((c, i) => char.IsUpper(c) ? $"{(i > 0 ? "_" : "")}{char.ToLowerInvariant(c)}" : $"{c}"));

    public static ProviderProblem? Parse(string? name) =>
        Enum.GetValues<ProviderProblem>().Select(problem => (ProviderProblem?)problem).FirstOrDefault(problem => NameOf(problem!.Value) == name);
}
