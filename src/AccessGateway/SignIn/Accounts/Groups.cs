namespace AccessGateway.SignIn;

/// <summary>The gateway groups that the product itself gives a meaning.</summary>
internal static class Groups
{
    /// <summary>Administer the gateway, and review requests for role offers that name nobody else.</summary>
    public const string Administrators = "administrators";

    /// <summary>Read the whole audit log.</summary>
    public const string Auditors = "auditors";
}
