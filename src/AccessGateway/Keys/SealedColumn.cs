namespace AccessGateway.Keys;

using System.Reflection;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>A column of sealed values, as the rotation of keys sees it, whatever the entity.</summary>
internal abstract class SealedColumn
{
    protected SealedColumn(PropertyInfo property) =>
        (Entity, Name, Purpose) = (property.DeclaringType!, property.Name, property.GetCustomAttribute<SealedAttribute>()!.Purpose);

    public Type Entity { get; }

    /// <summary>The table's name as ciphertexts know it.</summary>
    public string Table => Entity.Name;

    public string Name { get; }

    public string Purpose { get; }

    /// <summary>The computed column with the id of the data key.</summary>
    public string KeyName => $"{Name}DataKeyId";

    public static SealedColumn Of(PropertyInfo property) =>
        (SealedColumn)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(property.DeclaringType!), property)!;

    /// <summary>How many values each data key has sealed.</summary>
    public abstract Task<Dictionary<string, int>> CountByKeyAsync(GatewayDbContext db, CancellationToken cancellationToken);

    /// <summary>The next values that a data key sealed, in the order of their rows, from beyond <paramref name="after"/> on.</summary>
    /// <param name="key">The data key's id.</param>
    public abstract Task<List<SealedValue>> PageAsync(GatewayDbContext db, byte[] key, string after, int take, CancellationToken cancellationToken);

    /// <summary>Puts a fresh ciphertext in place of the one that was read; false where somebody changed it meanwhile.</summary>
    public abstract Task<bool> ReplaceAsync(GatewayDbContext db, SealedValue value, byte[] fresh, CancellationToken cancellationToken);

    private sealed class Typed<T>(PropertyInfo property) : SealedColumn(property)
        where T : class
    {
        public override async Task<Dictionary<string, int>> CountByKeyAsync(GatewayDbContext db, CancellationToken cancellationToken)
        {
            var counts = await db.Set<T>().Where(row => EF.Property<byte[]?>(row, KeyName) != null)
                .GroupBy(row => EF.Property<byte[]>(row, KeyName))
                .Select(group => new { group.Key, Count = group.Count() })
                .ToListAsync(cancellationToken);
            return counts.ToDictionary(count => DataKey.NameOf(count.Key), count => count.Count);
        }

        public override Task<List<SealedValue>> PageAsync(GatewayDbContext db, byte[] key, string after, int take, CancellationToken cancellationToken)
        {
            var row = RowName(db);
            return db.Set<T>().AsNoTracking()
                .Where(entity => EF.Property<byte[]>(entity, KeyName) == key && string.Compare(EF.Property<string>(entity, row), after) > 0)
                .OrderBy(entity => EF.Property<string>(entity, row))
                .Take(take)
                .Select(entity => new SealedValue(EF.Property<string>(entity, row), EF.Property<byte[]>(entity, Name)))
                .ToListAsync(cancellationToken);
        }

        public override async Task<bool> ReplaceAsync(GatewayDbContext db, SealedValue value, byte[] fresh, CancellationToken cancellationToken)
        {
            var row = RowName(db);
            return await db.Set<T>()
                .Where(entity => EF.Property<string>(entity, row) == value.Row && EF.Property<byte[]>(entity, Name) == value.Ciphertext)
                .ExecuteUpdateAsync(set => set.SetProperty(entity => EF.Property<byte[]>(entity, Name), fresh), cancellationToken) == 1;
        }

        private static string RowName(GatewayDbContext db) => db.Model.FindEntityType(typeof(T))!.FindPrimaryKey()!.Properties.Single().Name;
    }
}

/// <summary>One sealed value.</summary>
/// <param name="Row">The primary key of its row.</param>
internal sealed record SealedValue(string Row, byte[] Ciphertext);
