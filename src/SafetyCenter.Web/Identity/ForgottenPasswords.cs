using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// Writes to people who forgot their password. Whoever asks is answered before anybody looks whether there is such a person,
/// so that neither the answer nor its time tells.
/// </summary>
public sealed class ForgottenPasswords(
    IServiceScopeFactory scopes, EmailWake wake, TimeProvider time, ILogger<ForgottenPasswords> logger) : BackgroundService
{
    /// <summary>How many emails one person gets within <see cref="Within"/>, however often somebody asks.</summary>
    public const int EmailsMax = 3;

    /// <summary>How long those count.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromHours(1);

    // Somebody who asks while a thousand wait is not served; they ask again.
    private readonly Channel<string> _asked =
        Channel.CreateBounded<string>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Somebody forgot the password of this address, or says so.</summary>
    public void Ask(string email) => _asked.Writer.TryWrite(email);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var email in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await WriteAsync(scope.ServiceProvider, email, stoppingToken);
            }
            catch (Exception away) when (away is NpgsqlException or InvalidOperationException or DbUpdateException)
            {
                logger.LogError(away, "Somebody who forgot their password gets no email: the database is away");
            }
        }
    }

    private async Task WriteAsync(IServiceProvider services, string email, CancellationToken cancellationToken)
    {
        var db = services.GetRequiredService<SafetyCenterDb>();
        if (await services.GetRequiredService<Passwords>().OwnerOfAsync(email) is not { } login)
        {
            return;
        }

        // Under a lock, so that two instances do not each count to three.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM logins WHERE id = {login.Id} FOR UPDATE", cancellationToken);
        var now = time.GetUtcNow();
        var since = now - Within;
        var sent = await db.Emails.IgnoreQueryFilters([CurrentOrganization.Filter]).CountAsync(
            row => row.Kind == EmailKind.PasswordReset && row.SubjectId == login.Id && row.CreatedAt > since,
            cancellationToken);
        if (sent >= EmailsMax)
        {
            return;
        }

        db.Emails.Add(LoginEmails.Reset(login.Id, login.Email!, now));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        wake.Ring();
    }
}
