namespace AccessGateway.Grants;

using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Whoever holds a grant, as policy sees them now. Pure.</summary>
internal static class HolderFacts
{
    public static PersonFacts Of(User holder) => holder is { Machine: { } kind, MachineId: { } id }
        ? new PersonFacts(holder.Name, []) { Machine = new MachineFacts(kind, id, TimeSpan.MaxValue) }
        : new PersonFacts(holder.Name, User.GroupsOf(holder.Groups, holder.ProviderGroups));
}
