namespace AccessGateway.Keys;

using Microsoft.Extensions.Logging;

internal sealed partial class KeyRing
{
    [LoggerMessage(LogLevel.Debug, "Opened the data key {Key} for {Purpose} with {KeyEncryptionKey}.")]
    private partial void LogOpened(string key, string purpose, string keyEncryptionKey);
}
