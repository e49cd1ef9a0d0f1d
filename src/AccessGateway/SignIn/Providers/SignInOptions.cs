namespace AccessGateway.SignIn;

/// <summary>How people sign in (section <c>SignIn</c>).</summary>
internal sealed class SignInOptions
{
    /// <summary>Whether passwords kept by the gateway sign anybody in. Off, the form is gone and every password is refused; in an
    /// emergency <c>serve --local-sign-in</c> turns it on over the setting.</summary>
    public bool LocalSignIn { get; set; } = true;

    /// <summary>The OpenID Connect providers that people may sign in with, in the order of their buttons.</summary>
    public IList<ProviderOptions> Providers { get; set; } = [];
}

/// <summary>One OpenID Connect provider (<c>SignIn:Providers:0</c> and so on).</summary>
internal sealed class ProviderOptions
{
    /// <summary>Off, it stays in the file, but has no button, and its users neither sign in nor stay signed in beyond the next check.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>A DNS label. Stands in addresses, commands and the audit log: the redirect URI to register at the provider is
    /// <c>PublicUrl/sign-in/provider/NAME/callback</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>What the button says; the name where empty.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>The issuer, exactly as the provider writes it in its tokens; https.
    /// <c>AUTHORITY/.well-known/openid-configuration</c> is read from it.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The gateway's client id at the provider: a confidential client, authorization code with PKCE.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>File with the client secret, read at start. The secret itself never stands in the settings.</summary>
    public string ClientSecretFile { get; set; } = "";

    /// <summary>Name of the environment variable with the client secret; instead of the file.</summary>
    public string ClientSecretVariable { get; set; } = "";

    /// <summary>PEM file with the only CAs that the provider's HTTPS may come from; the system's where empty.</summary>
    public string CertificateAuthorityFile { get; set; } = "";

    /// <summary>Scopes to ask for; empty: openid, profile, email. With offline_access the provider gives a refresh token and
    /// groups are read again while a log-in of the plugin lasts.</summary>
    public IList<string> Scopes { get; set; } = [];

    /// <summary>Signature algorithms accepted on ID tokens; empty: RS256, PS256, ES256. Symmetric ones and none are never accepted.</summary>
    public IList<string> Algorithms { get; set; } = [];

    /// <summary>Whether claims are also taken from the user-info endpoint; off, from the signed ID token alone. Where sign-in was
    /// done with what (acr, amr) is taken from the ID token in any case.</summary>
    public bool UserInfo { get; set; }

    /// <summary>Whether somebody who signs in for the first time gets an account; off, an administrator links people beforehand.</summary>
    public bool CreateUsers { get; set; } = true;

    /// <summary>Whether the sign-out page offers to sign out at the provider too (RP-initiated logout).</summary>
    public bool SignOutAtProvider { get; set; }

    public ProviderUserNameOptions UserName { get; set; } = new();

    public ProviderGroupOptions Groups { get; set; } = new();

    public ProviderMfaOptions Mfa { get; set; } = new();

    public ProviderRefreshOptions Refresh { get; set; } = new();
}

/// <summary>How the gateway's user name is made, once, when the account is. An account is found by issuer and subject ever after.</summary>
internal sealed class ProviderUserNameOptions
{
    /// <summary>The claim it is made of. With <c>email</c>, the provider must say that the address is verified.</summary>
    public string Claim { get; set; } = "preferred_username";

    /// <summary>Where given, the claim must be <c>NAME@DOMAIN</c> with this domain.</summary>
    public string Domain { get; set; } = "";

    /// <summary>Whether <c>@DOMAIN</c> is cut off; needs <see cref="Domain"/>, so that two domains cannot share a name.</summary>
    public bool StripDomain { get; set; }

    /// <summary>Stands before the name, to keep the people of two providers apart, for example <c>corp.</c></summary>
    public string Prefix { get; set; } = "";

    /// <summary>A regular expression that the whole resulting name must match; empty: any. Checked at each sign-in.</summary>
    public string Pattern { get; set; } = "";
}

/// <summary>Which of the provider's groups count here.</summary>
internal sealed class ProviderGroupOptions
{
    public string Claim { get; set; } = "groups";

    /// <summary>What is not in this list does not count. Compared exactly, letter case included.</summary>
    public IList<ProviderGroupMapping> Map { get; set; } = [];

    /// <summary>Whether somebody with none of the mapped groups is refused.</summary>
    public bool Required { get; set; }
}

/// <summary>A group of the provider, as its claim writes it, and the gateway's group that its members are in.</summary>
internal sealed class ProviderGroupMapping
{
    public string Provider { get; set; } = "";

    public string Gateway { get; set; } = "";
}

/// <summary>Whose second factor counts at sign-in. Approvals and activations ask for the gateway's own in any case.</summary>
internal sealed class ProviderMfaOptions
{
    public const string Gateway = "gateway";
    public const string Provider = "provider";
    public const string Refuse = "refuse";

    /// <summary><c>gateway</c>: its own on top, always. <c>provider</c>: the provider's counts where the ID token says so.</summary>
    public string By { get; set; } = Gateway;

    /// <summary>Values of <c>acr</c> of which the ID token must carry one; they are asked for as <c>acr_values</c>, in this order.</summary>
    public IList<string> Acr { get; set; } = [];

    /// <summary>Values of <c>amr</c> of which the ID token must carry one at least. With both lists, both must be met.</summary>
    public IList<string> Amr { get; set; } = [];

    /// <summary>How long ago the person may have authenticated at the provider (<c>auth_time</c>, asked for as <c>max_age</c>); empty: any time.</summary>
    public string MaxAge { get; set; } = "";

    /// <summary>Where the ID token does not say so: <c>gateway</c> asks for its own factor on top, <c>refuse</c> refuses the sign-in.</summary>
    public string Otherwise { get; set; } = Gateway;
}

/// <summary>How often the provider is asked again while somebody stays logged in with the plugin.</summary>
internal sealed class ProviderRefreshOptions
{
    /// <summary>At most so often, when the plugin renews its tokens; 1m to 1d. Needs the scope offline_access.</summary>
    public string Every { get; set; } = "10m";

    /// <summary>How long beyond that an unreachable provider is overlooked; empty: not at all. A refusal is never overlooked.</summary>
    public string Grace { get; set; } = "";

    /// <summary>Without a refresh token: how long after the last sign-in the plugin may renew its tokens.</summary>
    public string SignInAgainAfter { get; set; } = "12h";
}
