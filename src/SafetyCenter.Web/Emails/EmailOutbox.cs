using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Takes due emails out of their table and sends them: at least once, each stamped and saved by itself. An instance
/// that dies while sending loses nothing: its lease ends, and the email is due again.
/// </summary>
public sealed class EmailOutbox(
    SafetyCenterDb db, EmailComposer composer, IMailTransport transport, TimeProvider time, ILogger<EmailOutbox> logger)
{
    private const int BatchMax = 50;

    /// <summary>Longer than sending a batch can take, with its time-outs.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Sends everything that is due now.</summary>
    /// <returns>How many the server took, and how many tries failed.</returns>
    public async Task<(int Sent, int Failed)> SendDueAsync(CancellationToken cancellationToken)
    {
        var (sent, failed) = (0, 0);
        while (true)
        {
            var batch = await TakeAsync(cancellationToken);
            foreach (var email in batch)
            {
                if (await SendAsync(email, cancellationToken))
                {
                    sent++;
                }
                else
                {
                    failed++;
                }
            }

            if (batch.Count < BatchMax)
            {
                return (sent, failed);
            }
        }
    }

    // SKIP LOCKED, so that several instances share the work instead of sending twice. Emails of a disabled organization wait
    // until it is enabled again; their words are made then, of what is true then.
    private async Task<List<Email>> TakeAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var batch = await db.Emails
            .FromSql($"""
                SELECT * FROM emails WHERE next_attempt_at <= {now}
                  AND NOT EXISTS (SELECT 1 FROM organizations
                                  WHERE organizations.id = emails.organization_id AND organizations.disabled_at IS NOT NULL)
                ORDER BY next_attempt_at LIMIT {BatchMax} FOR UPDATE SKIP LOCKED
                """)
            .IgnoreQueryFilters([CurrentOrganization.Filter])
            .ToListAsync(cancellationToken);
        foreach (var email in batch)
        {
            email.BeginAttempt(now, Lease);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return batch;
    }

    private async Task<bool> SendAsync(Email email, CancellationToken cancellationToken)
    {
        var isSent = false;
        try
        {
            if (await composer.ComposeAsync(email, cancellationToken) is { } message)
            {
                await transport.SendAsync(message, cancellationToken);
                email.Sent(time.GetUtcNow());
                isSent = true;
            }
            else
            {
                email.Moot(time.GetUtcNow());
            }
        }
        catch (SmtpRefusedException refused)
        {
            // A wrong password is ours to mend, not this email's fault: it waits.
            email.Failed(refused.Message, refused.IsTransient || !refused.ConcernsThisEmail, time.GetUtcNow());
            logger.LogError("Email {Email} was refused: {Reason}", email.Id, refused.Message);
        }
        catch (Exception unavailable) when (unavailable
            is SmtpUnavailableException or IOException or SocketException or AuthenticationException)
        {
            email.Failed(unavailable.Message, isTransient: true, time.GetUtcNow());
            logger.LogError("Email {Email} could not be sent: {Reason}", email.Id, unavailable.Message);
        }
        catch (Exception impossible) when (impossible is ArgumentException or FormatException)
        {
            email.Failed(impossible.Message, isTransient: false, time.GetUtcNow());
            logger.LogError(impossible, "Email {Email} can never be sent", email.Id);
        }

        // Not cancelled: what the server took must be stamped.
        await db.SaveChangesAsync(CancellationToken.None);
        return isSent;
    }
}
