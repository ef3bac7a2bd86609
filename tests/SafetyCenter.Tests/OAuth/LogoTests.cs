using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>The pictures of apps: uploaded, never fetched, and nothing but pictures.</summary>
public sealed class LogoTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task A_logo_is_uploaded_on_the_page_seen_by_anybody_and_removed()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var app = await stage.AppRowAsync(await admin.ConfidentialAsync(stage, "Pictured"));
        var page = organization.Settings($"oauth-apps/{app.Id}/edit");
        using var ann = await stage.SignedInAsync(organization.Admin);
        Assert.Equal(HttpStatusCode.NotFound, (await LogoAsync(app)).StatusCode);
        foreach (var (file, type) in new[] { (Pictures.Png(), "image/png"), (Pictures.Jpeg(), "image/jpeg") })
        {
            using var uploaded = await UploadAsync(ann, page, file);
            Assert.Contains("“Pictured”", await ann.DoneAsync(uploaded), StringComparison.Ordinal);
            using var seen = await LogoAsync(app);
            Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
            Assert.Equal(file, await seen.Content.ReadAsByteArrayAsync());
            Assert.Equal(type, seen.Content.Headers.ContentType!.MediaType);
            Assert.Equal("nosniff", Assert.Single(seen.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal(
                "default-src 'none'; sandbox", Assert.Single(seen.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal(TimeSpan.FromMinutes(5), seen.Headers.CacheControl!.MaxAge);

            using var again = new HttpRequestMessage(HttpMethod.Get, $"/oauth2/logo/{app.ClientId}");
            again.Headers.IfNoneMatch.Add(seen.Headers.ETag!);
            using var same = await stage.Visitor.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        }

        Assert.Equal($"/oauth2/logo/{app.ClientId}", (await ann.PageAsync(page)).QuerySelector("main img")!.GetAttribute("src"));
        using var removed = await ann.PostFormAsync(page, "Remove");
        Assert.Contains("no logo", await ann.DoneAsync(removed), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await LogoAsync(app)).StatusCode);
        Assert.Null((await ann.PageAsync(page)).QuerySelector("main img"));
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_and_the_old_one_stays()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var app = await stage.AppRowAsync(await admin.ConfidentialAsync(stage, "Guarded"));
        var page = organization.Settings($"oauth-apps/{app.Id}/edit");
        using var ann = await stage.SignedInAsync(organization.Admin);
        using var first = await UploadAsync(ann, page, Pictures.Png());
        await ann.DoneAsync(first);
        (byte[] File, string Because)[] bad =
        [
            (Encoding.ASCII.GetBytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), "PNG or JPEG"),
            (Encoding.ASCII.GetBytes("<html><script>alert(1)</script></html>"), "PNG or JPEG"),
            ([.. Pictures.Png(), .. Encoding.ASCII.GetBytes("<script>")], "PNG or JPEG"),
            (Pictures.Png(Picture.SideMax + 1), "1024 by 1024"),
            (new byte[OAuthLogo.SizeMax + 1], "at most 64 KiB"),
            ([], "at most 64 KiB"),
        ];
        foreach (var (file, because) in bad)
        {
            using var refused = await UploadAsync(ann, page, file);
            Assert.Contains(because, await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(organization, app, file));
        }

        using var nothing = await ann.ForceAsync(page, page + "?handler=Logo");
        Assert.Contains("Choose a PNG", await nothing.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var seen = await LogoAsync(app);
        Assert.Equal(Pictures.Png(), await seen.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_API_can_do_the_same_and_a_deleted_app_has_no_logo()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var (_, globex) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "By API");
        var app = await stage.AppRowAsync(id);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(organization, app, Pictures.Jpeg()));
        Assert.Equal(HttpStatusCode.NotFound, await PutAsync(globex, app, Pictures.Png()));
        using var seen = await LogoAsync(app);
        Assert.Equal(Pictures.Jpeg(), await seen.Content.ReadAsByteArrayAsync());
        (await admin.DeleteAsync(OAuthApps.Of(id, "logo"))).Must(HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.NotFound, (await LogoAsync(app)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(organization, app, Pictures.Jpeg()));
        (await admin.DeleteAsync(OAuthApps.Of(id))).Must(HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.NotFound, (await LogoAsync(app)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await stage.Visitor.StatusOfAsync("/oauth2/logo/not-an-id"));
    }

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, string page, byte[] file)
    {
        const string token = "__RequestVerificationToken";
        var form = (await client.PageAsync(page)).QuerySelector("form[enctype='multipart/form-data']")!;
        using var content = new MultipartFormDataContent
        {
            { new StringContent(form.QuerySelector($"input[name={token}]")!.GetAttribute("value")!), token },
        };

        // What the sender says it is counts for nothing.
        var part = new ByteArrayContent(file);
        part.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        content.Add(part, "logo", "logo.png");
        return await client.PostAsync(form.GetAttribute("action"), content);
    }

    private async Task<HttpStatusCode> PutAsync(TestOrganization organization, OAuthApp app, byte[] file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, OAuthApps.Of($"{app.Id}", "logo"))
        {
            Content = new ByteArrayContent(file),
        };
        request.Headers.Add("DD-API-KEY", organization.ApiKey.Secret);
        request.Headers.Add("DD-APPLICATION-KEY", organization.ApplicationKey.Secret);
        using var answer = await stage.Visitor.SendAsync(request);
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> LogoAsync(OAuthApp app) => stage.Visitor.GetAsync($"/oauth2/logo/{app.ClientId}");
}
