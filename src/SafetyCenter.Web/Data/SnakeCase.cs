using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace SafetyCenter.Web.Data;

/// <summary>Names tables, columns, keys and indexes the way SQL is written by hand, so that no name needs quotes.</summary>
public static partial class SnakeCase
{
    /// <summary>Renames everything in the model.</summary>
    public static void NameInSnakeCase(this ModelBuilder builder)
    {
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            if (entity.IsMappedToJson())
            {
                entity.SetContainerColumnName(Of(entity.GetContainerColumnName()!));
                continue;
            }

            if (entity.GetTableName() is { } table && entity.BaseType is null)
            {
                entity.SetTableName(Of(table));
            }

            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(Of(property.GetColumnName()));
            }

            foreach (var property in entity.GetComplexProperties()
                .SelectMany(complex => complex.ComplexType.GetProperties()))
            {
                property.SetColumnName(Of(property.Name));
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName(Of(key.GetName()!));
            }

            foreach (var foreignKey in entity.GetForeignKeys())
            {
                foreignKey.SetConstraintName(Of(foreignKey.GetConstraintName()!));
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName(Of(index.GetDatabaseName()!));
            }
        }
    }

    /// <summary><c>LastUsedAt</c> becomes <c>last_used_at</c>, <c>Last4</c> <c>last4</c>.</summary>
    public static string Of(string name) => WordStart().Replace(name, "_$0").ToLowerInvariant().Replace("__", "_");

    [GeneratedRegex("(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])")]
    private static partial Regex WordStart();
}
