using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Web.Startup;

/// <summary>Reasons not to start that are the operator's to mend: they are told in a sentence, not as a stack trace.</summary>
public static class Refused
{
    /// <summary>Whether this is such a reason.</summary>
    public static bool AtStart(Exception exception) => exception
        is PostgresNotFoundException
        or RefusedException
        or NpgsqlException
        or InvalidSettingException
        or Microsoft.Extensions.Options.OptionsValidationException
        || IsAddressInUse(exception);

    /// <summary>The sentence.</summary>
    public static string Text(Exception exception, IConfiguration configuration) => exception switch
    {
        _ when IsAddressInUse(exception) =>
            $"The address {configuration["urls"] ?? Installation.DefaultUrl} is already in use. If another SafetyCenter "
            + "is running there, use that one, or give this one its own address with ASPNETCORE_URLS.",
        PostgresException postgres =>
            $"PostgreSQL refuses us: {postgres.MessageText}. Look at the setting ConnectionStrings__SafetyCenter.",
        NpgsqlException away =>
            $"The database cannot be reached: {away.Message}. Look at the setting ConnectionStrings__SafetyCenter.",
        _ => exception.Message,
    };

    private static bool IsAddressInUse(Exception exception) =>
        exception is IOException { InnerException: AddressInUseException }
        || exception is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse };
}

/// <summary>A setting cannot be; the message names it and says what it should look like.</summary>
public sealed class InvalidSettingException(string message) : Exception(message);
