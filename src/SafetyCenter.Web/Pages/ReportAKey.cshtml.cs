using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Pages.Shared;

namespace SafetyCenter.Web.Pages;

/// <summary>
/// Where anybody who holds a key of ours reports it. The answer is the same whatever was sent, and so is its time; what was
/// sent is never shown again.
/// </summary>
[ResponseCache(NoStore = true)]
[RequestSizeLimit(1024 * 1024)]
public sealed class ReportAKeyModel(ShownSecrets shown, SecretFormat format) : PageModel
{
    /// <summary>The longest text, in bytes.</summary>
    public const int LengthMax = 100_000;

    /// <summary>Whether something was reported.</summary>
    public bool IsReported { get; private set; }

    /// <summary>Takes it in.</summary>
    public async Task OnPostAsync(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            Refuse("Paste the key first.", StatusCodes.Status400BadRequest);
        }
        else if (Encoding.UTF8.GetByteCount(text) > LengthMax)
        {
            Refuse("That is more than 100 kB. Paste just the lines with the key.", StatusCodes.Status413PayloadTooLarge);
        }
        else if (shown.Take(HttpContext.Connection.RemoteIpAddress) is { Ticks: > 0 } wait)
        {
            Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
            var minutes = ((long)Math.Ceiling(wait.TotalMinutes)).Of("minute");
            Refuse($"There were too many reports lately. Wait {minutes}, then try again.", StatusCodes.Status429TooManyRequests);
        }
        else
        {
            await shown.TakeInAsync(format.FindIn(text).DistinctBy(secret => secret.Hash).Take(ShownSecrets.SecretsMax));
            IsReported = true;
        }
    }

    private void Refuse(string words, int status)
    {
        ModelState.AddModelError("", words);
        Response.StatusCode = status;
    }
}
