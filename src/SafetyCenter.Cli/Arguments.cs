namespace SafetyCenter.Cli;

/// <summary>Reads options one after another: <c>--name value</c> or <c>--name=value</c>; after <c>--</c> all is a path.</summary>
internal sealed class Arguments(string[] all)
{
    private int _next;
    private string? _value;
    private bool _areAllPaths;

    /// <summary>The next option, or the next path, which has no dashes before it.</summary>
    public string? Next()
    {
        if (_value is not null)
        {
            throw new UsageException($"{all[_next - 1].Split('=')[0]} takes no value.");
        }

        if (_next == all.Length)
        {
            return null;
        }

        var argument = all[_next++];
        if (argument == "--" && !_areAllPaths)
        {
            _areAllPaths = true;
            return Next();
        }

        if (_areAllPaths || !argument.StartsWith("--", StringComparison.Ordinal))
        {
            IsOption = false;
            return argument;
        }

        IsOption = true;
        var parts = argument.Split('=', 2);
        _value = parts.Length == 2 ? parts[1] : null;
        return parts[0];
    }

    /// <summary>Whether what came last begins with two dashes.</summary>
    public bool IsOption { get; private set; }

    /// <summary>The value of the option that came last.</summary>
    public string Value()
    {
        var value = _value ?? (_next < all.Length ? all[_next++] : throw new UsageException($"{all[^1]} needs a value."));
        _value = null;
        return value;
    }
}
