using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>The pictures of OAuth apps, for whoever is asked to let one act for them; anybody may see them.</summary>
internal static class OAuthLogoApi
{
    /// <summary>Where that of an app is.</summary>
    public const string Address = "/oauth2/logo/{clientId}";

    /// <summary>Maps it.</summary>
    public static void MapOAuthLogos(this IEndpointRouteBuilder routes) => routes.MapGet(Address, ShowAsync).AllowAnonymous();

    private static async Task<IResult> ShowAsync(
        Id<OAuthClient> clientId, HttpContext context, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var logo = await db.OAuthLogos.AsNoTracking().SingleOrDefaultAsync(
            logo => logo.ClientId == clientId
                && db.OAuthClients.IgnoreQueryFilters(new[] { CurrentOrganization.Filter })
                    .Any(client => client.Id == clientId && client.DeletedAt == null),
            cancellationToken);
        if (logo is null)
        {
            return Results.NotFound();
        }

        // Whoever opens it as a page gets a picture, and nothing that could run.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        context.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Bytes(
            logo.Content,
            logo.MediaType,
            entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(logo.Content))}\""));
    }
}
