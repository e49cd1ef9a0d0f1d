namespace AccessGateway.Kubectl.Gateway;

using AccessGateway.Contracts;

/// <summary>The gateway could not be reached, failed, or is not what it should be: nothing was decided.</summary>
internal sealed class GatewayOutageException(string message) : CommandFailedException(message);

/// <summary>The gateway said no.</summary>
internal sealed class GatewayRefusedException(int status, Problem problem, string message) : CommandFailedException(message)
{
    public int Status => status;

    public Problem Problem => problem;
}

/// <summary>There is no login, or the gateway does not accept it any more.</summary>
internal sealed class NotSignedInException(string message) : CommandFailedException(message)
{
    public static NotSignedInException NeverWas() => new("not signed in; run: kubectl access login");

    public static NotSignedInException AnyMore() => new("Not signed in any more; run: kubectl access login");
}
