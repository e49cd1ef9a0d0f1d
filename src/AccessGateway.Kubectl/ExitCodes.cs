namespace AccessGateway.Kubectl;

internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Refused or failed.</summary>
    public const int Failed = 1;

    public const int BadUsage = 2;

    /// <summary>128 and SIGINT.</summary>
    public const int Interrupted = 130;
}
