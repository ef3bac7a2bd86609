namespace SafetyCenter.Cli;

/// <summary>What the arguments of <c>report</c> say.</summary>
internal sealed class ReportOptions
{
    /// <summary>The variable that holds the reporting token.</summary>
    public const string TokenVariable = "SAFETYCENTER_TOKEN";

    /// <summary>Where SafetyCenter is.</summary>
    public required Uri Server { get; init; }

    /// <summary>The organization's reporting token.</summary>
    public required string Token { get; init; }

    /// <summary>The repository in which everything was found.</summary>
    public string? Repository { get; private init; }

    /// <summary>Whether everybody can read it.</summary>
    public bool IsPublic { get; private init; }

    /// <summary>What <c>scan</c> wrote; standard input when there is none.</summary>
    public string? File { get; private init; }

    /// <summary>Reads the arguments.</summary>
    public static ReportOptions Parse(string[] all, Terminal terminal)
    {
        var (server, token, repository, isPublic, file) = ((Uri?)null, (string?)null, (string?)null, false, (string?)null);
        var arguments = new Arguments(all);
        while (arguments.Next() is { } argument)
        {
            switch (arguments.IsOption ? argument : "")
            {
                case "" when file is null:
                    file = argument;
                    break;
                case "--server":
                    server = ReadServer(argument, arguments.Value());
                    break;
                case "--token":
                    token = arguments.Value();
                    break;
                case "--repository":
                    repository = arguments.Value();
                    break;
                case "--public":
                    isPublic = true;
                    break;
                default:
                    throw new UsageException($"report cannot make sense of {argument}.");
            }
        }

        return new ReportOptions
        {
            Server = server ?? throw new UsageException("Say where to report to: --server URL."),
            Token = token ?? ReadToken(terminal),
            Repository = repository,
            IsPublic = isPublic,
            File = file is "-" ? null : file,
        };
    }

    /// <summary>What <c>scan --report</c> needs.</summary>
    public static ReportOptions For(Uri server, Terminal terminal) => new() { Server = server, Token = ReadToken(terminal) };

    /// <summary>Findings and a token travel encrypted, except within this machine.</summary>
    public static Uri ReadServer(string option, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var server)
        && (server.Scheme == Uri.UriSchemeHttps || (server.Scheme == Uri.UriSchemeHttp && server.IsLoopback))
            ? server
            : throw new UsageException($"{option} is an address that begins with https://, not {address}.");

    private static string ReadToken(Terminal terminal) => terminal.Variable(TokenVariable) is { Length: > 0 } token
        ? token
        : throw new UsageException($"Put your organization's reporting token into the variable {TokenVariable}.");
}
