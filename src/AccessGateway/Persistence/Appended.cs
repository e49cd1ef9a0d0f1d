namespace AccessGateway.Persistence;

using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

/// <summary>Of rows that are added and never changed, and that nobody needs back from where they were added: a save writes them as a whole, with one statement
/// where EF Core would make one of each. The key that the database gives is not read back.</summary>
internal interface IAppended;

/// <summary>Writes appended rows of one entity, by its mapping.</summary>
internal sealed class Appended
{
    private static readonly ConditionalWeakTable<IEntityType, Appended> Known = [];

    private readonly List<Column> _columns;
    private readonly string _table;

    private Appended(IEntityType entity, ISqlGenerationHelper sql)
    {
        var table = StoreObjectIdentifier.Create(entity, StoreObjectType.Table)!.Value;
        _table = sql.DelimitIdentifier(table.Name, table.Schema);
        _columns = [.. entity.GetProperties().Where(property => property.ValueGenerated == ValueGenerated.Never)
            .Select(property => new Column(sql.DelimitIdentifier(property.GetColumnName(table)!), property))];
    }

    /// <summary>Takes them from what a save would write otherwise, in the order in which they were added.</summary>
    public static IReadOnlyList<IAppended> Take(DbContext db)
    {
        var tracker = db.ChangeTracker;
        // They do not change: no look at all that is tracked is needed to find them.
        var detect = tracker.AutoDetectChangesEnabled;
        tracker.AutoDetectChangesEnabled = false;
        try
        {
            var added = tracker.Entries<IAppended>().Where(entry => entry.State == EntityState.Added).ToList();
            // Keys that the database will give are numbered until then.
            var rows = added.OrderBy(entry => entry.Metadata.FindPrimaryKey()!.Properties[0] is { ValueGenerated: ValueGenerated.OnAdd } key ? (long)entry.CurrentValues[key]! : 0)
                .Select(entry => entry.Entity).ToList();
            added.ForEach(entry => entry.State = EntityState.Detached);
            return rows;
        }
        finally
        {
            tracker.AutoDetectChangesEnabled = detect;
        }
    }

    /// <summary>Writes them into the transaction that is open.</summary>
    /// <exception cref="DbUpdateException">One of them cannot be written.</exception>
    public static async Task WriteAsync(DbContext db, IReadOnlyList<IAppended> rows, ISqlGenerationHelper sql, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var some in rows.GroupBy(row => db.Model.FindEntityType(row.GetType())!))
            {
                var appended = Known.GetValue(some.Key, entity => new Appended(entity, sql));
                var transaction = db.Database.CurrentTransaction!.GetDbTransaction();
                await (transaction.Connection!.CanCreateBatch ? appended.WriteArraysAsync(transaction, [.. some], cancellationToken) : appended.WriteEachAsync(transaction, [.. some], cancellationToken));
            }
        }
        catch (DbException e)
        {
            throw new DbUpdateException("Rows could not be added.", e);
        }
    }

    private static DbCommand Command(DbTransaction transaction, string text)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        return command;
    }

    /// <summary>PostgreSQL: one statement, and a column of values in each parameter, so that its text is always the same.</summary>
    private async Task WriteArraysAsync(DbTransaction transaction, List<IAppended> rows, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", _columns.Select(column => column.Name));
        var arrays = string.Join(", ", _columns.Select((column, i) => $"@p{i}::{column.StoreType}[]"));
        await using var command = Command(transaction, $"INSERT INTO {_table} ({columns}) SELECT * FROM unnest({arrays})");
        for (var i = 0; i < _columns.Count; i++)
            Add(command, i, _columns[i].ValuesOf(rows));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>SQLite: a statement that is read once, and run for each, costs it less than one for all.</summary>
    private async Task WriteEachAsync(DbTransaction transaction, List<IAppended> rows, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", _columns.Select(column => column.Name));
        await using var command = Command(transaction, $"INSERT INTO {_table} ({columns}) VALUES ({string.Join(", ", _columns.Select((_, i) => $"@p{i}"))})");
        for (var i = 0; i < _columns.Count; i++)
            Add(command, i, DBNull.Value);
        foreach (var row in rows)
        {
            for (var i = 0; i < _columns.Count; i++)
                command.Parameters[i].Value = _columns[i].ValueOf(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static void Add(DbCommand command, int index, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{index}");
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private sealed class Column(string name, IProperty property)
    {
        private readonly Func<object?, object?>? _convert = property.GetTypeMapping().Converter?.ConvertToProvider;
        private readonly IClrPropertyGetter _getter = property.GetGetter();
        private readonly Type _type = property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType;

        public string Name => name;

        public string StoreType { get; } = ((RelationalTypeMapping)property.GetTypeMapping()).StoreTypeNameBase;

        public object? ValueOf(IAppended row)
        {
            var value = _getter.GetClrValue(row);
            return _convert is null || value is null ? value : _convert(value);
        }

        public Array ValuesOf(List<IAppended> rows)
        {
            var type = property.IsNullable && _type.IsValueType ? typeof(Nullable<>).MakeGenericType(_type) : _type;
            var values = Array.CreateInstance(type, rows.Count);
            for (var i = 0; i < rows.Count; i++)
                values.SetValue(ValueOf(rows[i]), i);
            return values;
        }
    }
}
