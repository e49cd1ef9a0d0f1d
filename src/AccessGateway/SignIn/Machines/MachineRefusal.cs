namespace AccessGateway.SignIn;

/// <summary>Why a machine's sign-in was refused, as log and audit log say it: a closed list, so that nobody outside can choose words
/// for the audit log, or fill it with ever new ones.</summary>
internal sealed class MachineRefusal
{
    public static readonly MachineRefusal Malformed = new("the request is not one of a machine client");
    public static readonly MachineRefusal NoAssertion = new("it brought no assertion that can be read");
    public static readonly MachineRefusal UnknownClient = new("there is no such client");
    public static readonly MachineRefusal Algorithm = new("the assertion's algorithm is not accepted");
    public static readonly MachineRefusal NoKey = new("no key of the client goes with the assertion");
    public static readonly MachineRefusal Signature = new("signature, type or audience of the assertion is wrong");
    public static readonly MachineRefusal Parties = new("issuer, subject and client of the assertion are not one");
    public static readonly MachineRefusal NoEnd = new("the assertion has no end (exp)");
    public static readonly MachineRefusal RunOut = new("the assertion has run out");
    public static readonly MachineRefusal TooFarAhead = new("the assertion ends too far ahead");
    public static readonly MachineRefusal NotYet = new("the assertion is not valid yet");
    public static readonly MachineRefusal NoId = new("the assertion has no id (jti), or one that is too long");
    public static readonly MachineRefusal UsedBefore = new("the assertion's id (jti) was used before");
    public static readonly MachineRefusal UnknownCluster = new("there is no such cluster");
    public static readonly MachineRefusal NoToken = new("the token is no ServiceAccount's for this gateway that counts now");
    public static readonly MachineRefusal ClusterRefused = new("the cluster does not stand by the token");
    public static readonly MachineRefusal Unnamed = new("no document names it");
    public static readonly MachineRefusal Disabled = new("it is disabled");

    private MachineRefusal(string words) => Words = words;

    public string Words { get; }
}

/// <summary>Who somebody claims to be that was refused, as far as documents know the name: what else stands in a request is
/// nobody's name.</summary>
/// <param name="Machine">The subject's name; null where no document has it.</param>
/// <param name="Cluster">With a ServiceAccount: the registered cluster that its token was said to be of.</param>
internal sealed record MachineClaim(string? Machine, string? Cluster = null)
{
    public static readonly MachineClaim Unknown = new(Machine: null);

    public string Words => Machine ?? (Cluster is null ? "an unknown machine" : $"an unknown ServiceAccount of cluster {Cluster}");
}
