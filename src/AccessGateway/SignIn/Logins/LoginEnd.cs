namespace AccessGateway.SignIn;

/// <summary>Why a login ended, as the audit log says it.</summary>
internal static class LoginEnd
{
    public const string SignedOut = "signed out";
    public const string Owner = "ended by its owner";
    public const string Administrator = "ended by an administrator";
    public const string Replaced = "signed in anew in the same browser";
    public const string Disabled = "account disabled";
    public const string Reset = "factors reset";
    public const string Provider = "the provider no longer stands by the account";

    public const string Unnamed = "no document names the machine any more";

    /// <summary>A code or refresh token came twice: one of the two who have it should not.</summary>
    public const string Reuse = "a code or refresh token was used twice";
}
