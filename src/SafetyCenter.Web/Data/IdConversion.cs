using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SafetyCenter.Core;

namespace SafetyCenter.Web.Data;

/// <summary>Keeps every <see cref="Id{T}"/> as a plain uuid column.</summary>
public static class IdConversion
{
    /// <summary>Registers the conversion for the ids of these entities.</summary>
    public static void ConvertIds(this ModelConfigurationBuilder configuration, IEnumerable<Type> entities)
    {
        foreach (var entity in entities)
        {
            configuration.Properties(typeof(Id<>).MakeGenericType(entity))
                .HaveConversion(typeof(Converter<>).MakeGenericType(entity));
        }
    }

    /// <summary>The entity types that the sets of a context name.</summary>
    public static IEnumerable<Type> EntitiesOf(Type context) => context
        .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(property => property.PropertyType.IsGenericType
            && property.PropertyType.GetGenericTypeDefinition() == typeof(DbSet<>))
        .Select(property => property.PropertyType.GenericTypeArguments[0]);

    private sealed class Converter<T>() : ValueConverter<Id<T>, Guid>(id => id.Value, value => new Id<T>(value));
}
