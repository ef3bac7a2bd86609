using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

/// <summary>Looks for events in the audit trail: what <see cref="AuditQuery"/> says, as the database understands it.</summary>
public static class AuditSearch
{
    /// <summary>The one service whose events these are.</summary>
    public const string Service = "safetycenter";

    /// <summary>Those of which every term of the query is true.</summary>
    public static IQueryable<AuditEvent> Matching(this IQueryable<AuditEvent> events, AuditQuery query) =>
        query.Terms.Aggregate(events, (left, term) => left.Where(Holds(term)));

    /// <summary>What somebody did, by a part of their name or address.</summary>
    public static IQueryable<AuditEvent> DoneBy(this IQueryable<AuditEvent> events, string person)
    {
        var pattern = $"%{Escaped(person)}%";
        return events.Where(row => EF.Functions.ILike(row.ActorName, pattern, "\\")
            || EF.Functions.ILike(row.ActorEmail ?? "", pattern, "\\"));
    }

    /// <summary>In the order of time, from behind a cursor on.</summary>
    public static IQueryable<AuditEvent> InOrder(this IQueryable<AuditEvent> events, bool newestFirst, Cursor? after)
    {
        if (after is { } cursor)
        {
            var id = new Id<AuditEvent>(cursor.Id);
            events = newestFirst
                ? events.Where(row => EF.Functions.LessThan(
                    ValueTuple.Create(row.At, row.Id), ValueTuple.Create(cursor.At, id)))
                : events.Where(row => EF.Functions.GreaterThan(
                    ValueTuple.Create(row.At, row.Id), ValueTuple.Create(cursor.At, id)));
        }

        return newestFirst
            ? events.OrderByDescending(row => row.At).ThenByDescending(row => row.Id)
            : events.OrderBy(row => row.At).ThenBy(row => row.Id);
    }

    private static Expression<Func<AuditEvent, bool>> Holds(AuditTerm term)
    {
        var any = term.Values.Select(value => Is(term.Field, value)).Aggregate((one, other) =>
            Expression.Lambda<Func<AuditEvent, bool>>(
                Expression.OrElse(one.Body, With(other, one.Parameters[0])), one.Parameters));
        return term.IsNegated
            ? Expression.Lambda<Func<AuditEvent, bool>>(Expression.Not(any.Body), any.Parameters)
            : any;
    }

    private static Expression<Func<AuditEvent, bool>> Is(string? field, AuditValue value) => field switch
    {
        null => Anywhere(value),
        "action" => OneOf(Like<AuditAction>(value)),
        "asset.id" => IsAsset(value),
        "asset.name" => Text(row => row.AssetName, value),
        "asset.type" => Text(row => row.AssetType, value),
        "auth_method" => Text(row => row.Method, value),
        "event" => Text(row => row.Name, value),
        "evt.actor.type" => DoneByOneOf(Like<AuditActor>(value)),
        "evt.name" => IsEvent(value),
        "http.method" => Text(row => row.HttpMethod ?? "", value),
        "http.url_details.path" => Text(row => row.Path ?? "", value),
        "http.useragent" => Text(row => row.Client ?? "", value),
        "message" => Text(row => row.Message, value),
        "metadata.credential.id" => IsCredential(value),
        "metadata.credential.name" => Text(row => row.CredentialName ?? "", value),
        "network.client.ip" => Text(row => row.Address ?? "", value),
        "service" => IsAll(Matches(Service, value)),
        "usr.email" => Text(row => row.ActorEmail ?? "", value),
        "usr.id" or "usr.uuid" => IsActor(value),
        "usr.name" => Text(row => row.ActorName, value),
        _ => throw new InvalidOperationException($"Nobody said what {field} is."),
    };

    private static Expression<Func<AuditEvent, bool>> Anywhere(AuditValue value)
    {
        var pattern = $"%{Pattern(value)}%";
        var id = IdIn(value);
        return row => EF.Functions.ILike(row.Message, pattern, "\\")
            || EF.Functions.ILike(row.ActorEmail ?? "", pattern, "\\")
            || EF.Functions.ILike(row.Address ?? "", pattern, "\\")
            || EF.Functions.ILike(row.Client ?? "", pattern, "\\")
            || EF.Functions.ILike(row.CredentialName ?? "", pattern, "\\")
            || EF.Functions.ILike(row.Name, pattern, "\\")
            || row.AssetId == id;
    }

    private static Expression<Func<AuditEvent, bool>> Text(
        Expression<Func<AuditEvent, string>> field, AuditValue value)
    {
        // A star alone asks whether there is anything.
        var pattern = value.IsAnything ? "_%" : Pattern(value);
        Expression<Func<string, bool>> isLike = text => EF.Functions.ILike(text, pattern, "\\");
        return Expression.Lambda<Func<AuditEvent, bool>>(With(isLike, field.Body), field.Parameters);
    }

    private static Expression<Func<AuditEvent, bool>> IsAll(bool all) => row => all;

    private static Expression<Func<AuditEvent, bool>> OneOf(AuditAction[] actions) =>
        row => actions.Contains(row.Action);

    private static Expression<Func<AuditEvent, bool>> DoneByOneOf(AuditActor[] actors) =>
        row => actors.Contains(row.Actor);

    private static Expression<Func<AuditEvent, bool>> IsAsset(AuditValue value)
    {
        var (id, isAnything) = (IdIn(value), value.IsAnything);
        return row => isAnything || row.AssetId == id;
    }

    private static Expression<Func<AuditEvent, bool>> IsActor(AuditValue value)
    {
        var (id, isAnything) = (new Id<User>(IdIn(value)), value.IsAnything);
        return row => row.ActorId != null && (isAnything || row.ActorId == id);
    }

    private static Expression<Func<AuditEvent, bool>> IsCredential(AuditValue value)
    {
        var (id, isAnything) = (IdIn(value), value.IsAnything);
        return row => row.CredentialId != null && (isAnything || row.CredentialId == id);
    }

    // The name follows from action and asset, and is kept nowhere.
    private static Expression<Func<AuditEvent, bool>> IsEvent(AuditValue value)
    {
        var isNotification = Matches(AuditNames.SecurityNotification, value);
        var isLogin = Matches(AuditNames.Authentication, value);
        var assets = AuditNames.Assets
            .Where(asset => Matches(AuditNames.EventOf(AuditAction.Modified, asset), value))
            .ToArray();
        return row => row.Action == AuditAction.Notification ? isNotification
            : row.Action == AuditAction.Login ? isLogin
            : assets.Contains(row.AssetType);
    }

    private static T[] Like<T>(AuditValue value)
        where T : struct, Enum => [.. Enum.GetValues<T>().Where(word => Matches(word.ToString(), value))];

    private static bool Matches(string word, AuditValue value)
    {
        var parts = value.HasStars ? value.Text.Split('*') : [value.Text];
        var at = 0;
        foreach (var (index, part) in parts.Index())
        {
            var found = index == parts.Length - 1 && index > 0
                ? word.EndsWith(part, StringComparison.OrdinalIgnoreCase) ? Math.Max(word.Length - part.Length, 0) : -1
                : word.IndexOf(part, at, StringComparison.OrdinalIgnoreCase);
            if (found < at || (index == 0 && found > 0))
            {
                return false;
            }

            at = found + part.Length;
        }

        return value.HasStars || at == word.Length;
    }

    private static Guid IdIn(AuditValue value) => Guid.TryParseExact(value.Text, "D", out var id) ? id : Guid.Empty;

    private static string Pattern(AuditValue value) =>
        value.HasStars ? Escaped(value.Text).Replace('*', '%') : Escaped(value.Text);

    // PostgreSQL takes no zero character; nothing that is kept has one.
    internal static string Escaped(string text) =>
        text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_").Replace("\0", "\uFFFD");

    private static Expression With<TIn, TOut>(Expression<Func<TIn, TOut>> lambda, Expression argument) =>
        new Replacement(lambda.Parameters[0], argument).Visit(lambda.Body);

    private sealed class Replacement(ParameterExpression parameter, Expression argument) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) =>
            node == parameter ? argument : base.VisitParameter(node);
    }
}
