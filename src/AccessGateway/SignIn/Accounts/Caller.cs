namespace AccessGateway.SignIn;

using AccessGateway.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Who is calling, as stored at this moment.</summary>
internal sealed record Caller(string UserId, string Name, IReadOnlyList<string> GroupNames)
{
    /// <summary>Which of the user's logins calls: a <see cref="BrowserLogin"/>, or the OAuth authorization of a plugin. MFA that was
    /// given in one counts in no other. Empty where nobody is logged in; then none is remembered at all.</summary>
    public string LoginId { get; init; } = "";

    /// <summary>Set where a machine calls. It is in no group, whatever stands in the database.</summary>
    public MachineFacts? Machine { get; init; }

    public bool IsAdministrator => Machine is null && GroupNames.Contains(Groups.Administrators);

    public bool IsAuditor => IsAdministrator || (Machine is null && GroupNames.Contains(Groups.Auditors));

    public PersonFacts Facts => new(Name, GroupNames) { Machine = Machine };

    /// <summary>Lets handlers take the caller as a parameter; the route group's authorization has found it before.</summary>
    public static async ValueTask<Caller?> BindAsync(HttpContext context) =>
        await context.RequestServices.GetRequiredService<Callers>().FindAsync(context.User, context.RequestAborted);
}
