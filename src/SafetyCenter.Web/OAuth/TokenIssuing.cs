using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Web.OAuth;

/// <summary>What a program gets (RFC 6749, 5.1).</summary>
/// <param name="AccessToken">Opens the API.</param>
/// <param name="RefreshToken">Gets the next pair, once; null when there will be none.</param>
/// <param name="Scope">What the access token may do.</param>
public sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("refresh_token"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? RefreshToken,
    [property: JsonPropertyName("scope")] string Scope)
{
    /// <summary>How the access token is sent (RFC 6750).</summary>
    [JsonPropertyName("token_type")]
    public string TokenType => "Bearer";

    /// <summary>For how many seconds it opens something.</summary>
    [JsonPropertyName("expires_in")]
    public int ExpiresIn => (int)OAuthToken.AccessLifetime.TotalSeconds;
}

/// <summary>
/// Issues tokens. Each code and each refresh token is good once: whoever comes second shows that there is a copy, and then
/// nobody keeps anything, for nobody can tell which of both was the thief (RFC 9700, 4.14).
/// </summary>
public sealed class TokenIssuing(
    SafetyCenterDb db,
    CurrentOrganization current,
    Actor actor,
    SecretFormat format,
    UsageBuffer usage,
    TimeProvider time)
{
    /// <summary>Exchanges an authorization code (RFC 6749, 4.1.3; RFC 7636, 4.5).</summary>
    /// <exception cref="OAuthRefusedException">It gets nothing.</exception>
    public async Task<TokenAnswer> ExchangeAsync(
        ProvenClient asks, OAuthForm form, HttpContext context, CancellationToken cancellationToken)
    {
        var (hash, now) = (SecretHash.Of(form.Required("code")), time.GetUtcNow());
        if (await Basis.OfCodeAsync(db, hash, cancellationToken) is not var (code, basis)
            || basis.App.ClientId != asks.Client.Id)
        {
            throw OAuthRefusedException.InvalidGrant();
        }

        current.Id = code.OrganizationId;
        if (code.RedeemedAt is null)
        {
            // What does not fit leaves the code to whom it was sent.
            if (!code.IsInTime(now) || !code.Fits(form["redirect_uri"], form["code_verifier"]) || !basis.IsOpen)
            {
                throw OAuthRefusedException.InvalidGrant();
            }

            var answer = await IssueOnceAsync(
                basis.Grant,
                code.Id.Value,
                code.Scopes,
                code.Scopes,
                () => db.OAuthCodes.Where(row => row.Id == code.Id && row.RedeemedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.RedeemedAt, now), cancellationToken),
                now,
                cancellationToken);
            if (answer is not null)
            {
                usage.Note(basis.Grant.Id, context);
                return answer;
            }
        }

        await TokenEnding.OfReplayAsync(db, basis.Grant, now, cancellationToken);
        throw OAuthRefusedException.InvalidGrant();
    }

    /// <summary>
    /// Rotates a refresh token (RFC 6749, 6). The access token may be asked for less; the next refresh token holds what this
    /// one held.
    /// </summary>
    /// <exception cref="OAuthRefusedException">It gets nothing.</exception>
    public async Task<TokenAnswer> RefreshAsync(
        ProvenClient asks, OAuthForm form, HttpContext context, CancellationToken cancellationToken)
    {
        var (hash, now) = (SecretHash.Of(form.Required("refresh_token")), time.GetUtcNow());
        if (await Basis.OfTokenAsync(db, hash, cancellationToken) is not var (token, basis)
            || token.Kind != OAuthTokenKind.Refresh
            || basis.App.ClientId != asks.Client.Id
            || token.EndedAt is not null
            || now >= token.ExpiresAt)
        {
            throw OAuthRefusedException.InvalidGrant();
        }

        current.Id = token.OrganizationId;
        if (token.UsedAt is null)
        {
            if (!basis.IsOpen)
            {
                throw OAuthRefusedException.InvalidGrant();
            }

            var answer = await IssueOnceAsync(
                basis.Grant,
                token.Family,
                Asked(form["scope"], token.Scopes),
                token.Scopes,
                () => db.OAuthTokens.Where(row => row.Id == token.Id && row.UsedAt == null && row.EndedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken),
                now,
                cancellationToken);
            if (answer is not null)
            {
                usage.Note(basis.Grant.Id, context);
                return answer;
            }

            // The app may have given it back in the same moment, which is no replay.
            if (await db.OAuthTokens.AnyAsync(row => row.Id == token.Id && row.EndedAt != null, cancellationToken))
            {
                throw OAuthRefusedException.InvalidGrant();
            }
        }

        await TokenEnding.OfReplayAsync(db, basis.Grant, now, cancellationToken);
        throw OAuthRefusedException.InvalidGrant();
    }

    /// <summary>
    /// A confidential program acts by itself (RFC 6749, 4.4), as the user that its organization named for it. What it may do
    /// then is a grant of that user like any other.
    /// </summary>
    /// <exception cref="OAuthRefusedException">It gets nothing.</exception>
    public async Task<TokenAnswer> ActAsync(
        ProvenClient asks, OAuthForm form, HttpContext context, CancellationToken cancellationToken)
    {
        if (asks is not { Client.ActsAs: { } userId, Secret: { AppId: { } appId } secret })
        {
            throw OAuthRefusedException.UnauthorizedClient();
        }

        current.Id = secret.OrganizationId;
        var now = time.GetUtcNow();
        var (grant, answer) = await db.LockedAsync(
            secret.OrganizationId,
            async organization =>
            {
                var app = await db.OAuthApps.SingleAsync(app => app.Id == appId, cancellationToken);
                var user = await db.People.AsNoTracking().SingleAsync(user => user.Id == userId, cancellationToken);
                if (!Basis.MayAct(app, user, organization))
                {
                    throw OAuthRefusedException.UnauthorizedClient();
                }

                actor.Is(user, organization, RequestSource.Of(context, user, "OAuth client secret") with
                {
                    CredentialId = secret.Id.Value,
                    CredentialName = app.Name,
                });
                var scopes = Asked(form["scope"], app.Scopes);
                var live = await db.OAuthGrants.Active().SingleOrDefaultAsync(
                    grant => grant.AppId == appId && grant.OwnerId == userId, cancellationToken);
                var grant = app.Authorize(user, live, scopes, now);
                var access = Add(OAuthTokenKind.Access, grant, Guid.CreateVersion7(now), scopes, now);
                return (grant, new TokenAnswer(access.Reveal(), null, string.Join(' ', scopes)));
            },
            cancellationToken);
        usage.Note(grant.Id, context);
        return answer;
    }

    // Null when somebody else was first.
    private async Task<TokenAnswer?> IssueOnceAsync(
        OAuthGrant grant,
        Guid family,
        IReadOnlyCollection<string> scopes,
        IReadOnlyCollection<string> held,
        Func<Task<int>> spendAsync,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await TokenEnding.LockAsync(db, grant.Id, cancellationToken);
        if (await spendAsync() == 0)
        {
            return null;
        }

        var access = Add(OAuthTokenKind.Access, grant, family, scopes, now);
        var refresh = Add(OAuthTokenKind.Refresh, grant, family, held, now);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new TokenAnswer(access.Reveal(), refresh.Reveal(), string.Join(' ', scopes));
    }

    private Secret Add(
        OAuthTokenKind kind, OAuthGrant grant, Guid family, IReadOnlyCollection<string> scopes, DateTimeOffset now)
    {
        var secret = format.Mint(
            kind == OAuthTokenKind.Access ? SecretKind.OAuthAccessToken : SecretKind.OAuthRefreshToken);
        db.Add(new OAuthToken(kind, grant, family, scopes, secret, now));
        return secret;
    }

    private static IReadOnlyCollection<string> Asked(string? parameter, IReadOnlyList<string> held)
    {
        var asked = OAuthScopes.Split(parameter);
        return asked.Except(held, StringComparer.Ordinal).Any() || held.Count == 0
            ? throw OAuthRefusedException.InvalidScope()
            : asked.Length == 0 ? held : asked;
    }
}
