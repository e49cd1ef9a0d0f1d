namespace AccessGateway.Portal.SignIn;

using AccessGateway.SignIn;

/// <summary>What people read where a sign-in through a provider came to nothing: what happened, and what to do.</summary>
internal sealed record ProviderWords(string Title, string What, string Then)
{
    public static ProviderWords Of(ProviderProblem? problem, string provider) => problem switch
    {
        ProviderProblem.Cancelled => new("Not signed in", $"The sign-in was cancelled at {provider}, or {provider} does not let you in.", "Try again, or ask the people who run it there."),
        ProviderProblem.OtherBrowser => new("That was not started here", $"An answer of {provider} came that belongs to no sign-in of this browser.", "Start again, in one browser window, with cookies allowed. If you did not start anything, close this page: somebody sent you a link."),
        ProviderProblem.TooLate => new("Too late", "The sign-in took longer than ten minutes.", "Start again."),
        ProviderProblem.Replayed => new("Used already", $"This answer of {provider} was used before, for instance by going back or reloading.", "Start again. If you are signed in already, go to the start page."),
        ProviderProblem.Unreachable => new("Not reachable right now", $"{provider} does not answer, or fails.", "Wait a little and try again. If it lasts, tell the people who run this gateway; other ways to sign in still work."),
        ProviderProblem.ProviderError => new("The provider refused", $"{provider} answered with an error.", "Try again. If it lasts, the people who run this gateway find the error in its log; most often the client is not set up right at the provider."),
        ProviderProblem.NotTrusted => new("Answer not accepted", $"The answer of {provider} did not prove what it must, so nobody was signed in.", "Start again. If it lasts, tell the people who run this gateway."),
        ProviderProblem.Clock => new("Clocks differ", $"By this gateway's clock, the answer of {provider} is not valid now.", "Tell the people who run this gateway: its clock or the provider's is wrong."),
        ProviderProblem.NoUserName => new("No usable name", $"{provider} gave no name for you that can be a user name here.", "Ask an administrator of the gateway to link your account."),
        ProviderProblem.NotAllowed => new("Not for this gateway", $"People with your name or address at {provider} may not sign in here.", "If you should, ask an administrator of the gateway."),
        ProviderProblem.NameTaken => new("The name is taken", $"An account with your user name exists here and is not linked to you at {provider}. It was not opened.", "If it is yours, ask an administrator of the gateway to link it."),
        ProviderProblem.NoAccount => new("No account yet", $"You are known at {provider}, but not here.", "Ask an administrator of the gateway for an account."),
        ProviderProblem.NoGroup => new("In none of the groups", $"You are in none of the groups of {provider} that may use this gateway.", "Ask for membership there, then sign in again."),
        ProviderProblem.TooManyGroups => new("Too many groups", $"You are in so many groups that {provider} does not list them.", "Tell the people who run this gateway: the provider must send fewer, for instance only those assigned to this application."),
        ProviderProblem.NoMfa => new("A second factor is missing", $"This gateway demands that {provider} checks a second factor, and it did not.", "Sign in there with your second factor, then try again."),
        ProviderProblem.Disabled => new("Account disabled", "Your account is disabled here.", "Ask an administrator of the gateway."),
        ProviderProblem.FactorReset => new("Your second factor was reset", "An administrator took your second factor away. A new one is enrolled with the link that they have.", "Ask them for the enrolment link."),
        _ => new("Not signed in", "The sign-in came to nothing.", "Start again."),
    };
}
