namespace AccessGateway.Documents;

using AccessGateway.Clusters;
using AccessGateway.Notifications;
using AccessGateway.Policy;
using AccessGateway.Schedules;
using AccessGateway.SignIn;

/// <summary>Every kind of document. A new kind is one line here, and its reader in a file of its own.</summary>
internal static class DocumentKinds
{
    public static readonly IReadOnlyList<DocumentKind> All =
    [
        DocumentKind.Of<ClusterDefinition>("Cluster", ClusterDocument.Read),
        DocumentKind.Of<AccessPolicy>("AccessPolicy", AccessPolicyDocument.Read),
        DocumentKind.Of<MachineClient>("MachineClient", MachineClientDocument.Read),
        DocumentKind.Of<NotifierDefinition>("Notifier", NotifierDocument.Read),
        DocumentKind.Of<Schedule>("Schedule", ScheduleDocument.Read),
    ];

    public static DocumentKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>A kind of document: what it is called, what it becomes, and its reader.</summary>
/// <param name="Type">What <see cref="GatewayDocuments.All{T}"/> gives.</param>
/// <param name="Read">Makes the value of the document's name, metadata and spec. Unknown keys of both are reported after it.</param>
internal sealed record DocumentKind(string Name, Type Type, Func<string, MappingReader, MappingReader, object> Read)
{
    public static DocumentKind Of<T>(string name, Func<string, MappingReader, MappingReader, T> read)
        where T : class => new(name, typeof(T), read);
}
