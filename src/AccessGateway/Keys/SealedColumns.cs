namespace AccessGateway.Keys;

using System.Collections.Frozen;
using System.Reflection;
using Microsoft.EntityFrameworkCore;

/// <summary>The columns that hold sealed values: what carries <see cref="SealedAttribute"/>.</summary>
internal static class SealedColumns
{
    /// <summary>Every sealed column, by table and name.</summary>
    public static readonly IReadOnlyList<SealedColumn> All = [.. typeof(SealedColumns).Assembly.GetTypes()
        .SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(property => property.GetCustomAttribute<SealedAttribute>() is not null)
        .Select(SealedColumn.Of)
        .OrderBy(column => column.Table, StringComparer.Ordinal).ThenBy(column => column.Name, StringComparer.Ordinal)];

    /// <summary>Every purpose that has a column.</summary>
    public static readonly IReadOnlyList<string> Purposes = [.. All.Select(column => column.Purpose).Distinct().Order(StringComparer.Ordinal)];

    private static readonly FrozenDictionary<(string Table, string Name), string> ByPlace = All.ToFrozenDictionary(column => (column.Table, column.Name), column => column.Purpose);

    /// <exception cref="ArgumentException">The column does not say that it is sealed.</exception>
    public static string PurposeOf(string table, string column) => ByPlace.TryGetValue((table, column), out var purpose)
        ? purpose
        : throw new ArgumentException($"{table}.{column} is no sealed column; mark it with [Sealed].", nameof(column));

    /// <summary>Gives every sealed column a computed neighbour with the id of the data key, and a foreign key from there: a data key
    /// that a value needs cannot be deleted, and no value can be written with one that is gone.</summary>
    public static void Map(ModelBuilder model)
    {
        foreach (var column in All)
        {
            var entity = model.Entity(column.Entity);
            // After the version; the same words in SQLite and PostgreSQL.
            entity.Property<byte[]>(column.KeyName).HasComputedColumnSql($"substr(\"{column.Name}\", 2, {DataKey.IdSize})", stored: true);
            entity.HasOne(typeof(DataKey)).WithMany().HasForeignKey(column.KeyName).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
