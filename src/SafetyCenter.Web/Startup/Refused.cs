using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Web.Commands;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Web.Startup;

/// <summary>Reasons not to start that are the operator's to mend: they are told in a sentence, not as a stack trace.</summary>
public static class Refused
{
    /// <summary>Whether this is such a reason.</summary>
    public static bool AtStart(Exception exception) => exception
        is CannotStartException
        or PostgresNotFoundException
        or UsageException
        or RefusedException
        or OptionsValidationException
        || IsAboutAddress(exception)
        || OfDatabase(exception) is not null;

    /// <summary>The sentence.</summary>
    public static string Text(Exception exception, IConfiguration configuration) =>
        IsAddressInUse(exception) ?
            $"The address {Address(configuration)} is already in use. If another SafetyCenter "
            + "is running there, use that one, or give this one its own address with ASPNETCORE_URLS."
        : IsAboutAddress(exception) ?
            $"We cannot listen on {Address(configuration)}: {exception.Message}. Look at the setting ASPNETCORE_URLS."
        : OfDatabase(exception) switch
        {
            PostgresException postgres =>
                $"PostgreSQL refuses us: {postgres.MessageText}. Look at the setting ConnectionStrings__SafetyCenter.",
            { } away =>
                $"The database cannot be reached: {away.Message}. Look at the setting ConnectionStrings__SafetyCenter.",
            null => exception.Message,
        };

    // EF Core wraps what the driver says. A reason of our own may stand around it, and tells more.
    private static NpgsqlException? OfDatabase(Exception? exception) => exception switch
    {
        null or CannotStartException => null,
        NpgsqlException found => found,
        _ => OfDatabase(exception.InnerException),
    };

    private static string Address(IConfiguration configuration)
    {
        string?[] settings = [configuration["urls"], configuration["http_ports"], configuration["https_ports"]];
        return settings.FirstOrDefault(setting => !string.IsNullOrEmpty(setting)) ?? Installation.DefaultUrl;
    }

    private static bool IsAddressInUse(Exception exception) =>
        exception is IOException { InnerException: AddressInUseException }
        || exception is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse };

    // A port below 1024, or an address of another machine.
    private static bool IsAboutAddress(Exception exception) =>
        IsAddressInUse(exception) || exception is SocketException;
}

/// <summary>A reason not to start that the operator can mend; the message says what is wrong and how to mend it.</summary>
public sealed class CannotStartException(string message, Exception? inner = null) : Exception(message, inner);
