namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>One kind of secret as a regular expression, in pieces that every scanner understands.</summary>
/// <remarks>
/// Most scanners run RE2 or Hyperscan: no look-around, no references back, no options within. So what stands around a
/// secret is matched along with it, and the secret is the one group. What may stand there is what
/// <see cref="SecretFormat.FindIn"/> lets stand: anything but a letter or a digit, or an escape before it.
/// </remarks>
internal sealed class SecretPattern(SecretShape shape)
{
    /// <summary>The escapes after which a secret may begin though the character before it is a letter or digit.</summary>
    public const string Escape = @"\\[nrtbfv0]|[%=][0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}";

    /// <summary>What stands before a secret, within a text.</summary>
    public const string Before = "[^0-9A-Za-z]|" + Escape;

    /// <summary>
    /// What stands after a secret. It takes up nothing but an underscore, because the next secret of a list needs the
    /// comma or the end of line before it.
    /// </summary>
    public const string After = @"\b|_";

    /// <summary>
    /// What must stand on the same line before 32 hex digits, where nobody checks the checksum: they might be the digest
    /// of anything.
    /// </summary>
    public const string Word = "[Aa][Pp][Ii][ ._-]?[Kk][Ee][Yy].{0,40}?";

    private const string Base62Digit = "[0-9A-Za-z]";
    private const string HexDigit = "[0-9a-f]";

    /// <summary>How the word may be spelled, in lower case.</summary>
    public static readonly IReadOnlyList<string> Words = ["api_key", "api-key", "apikey", "api key", "api.key"];

    /// <summary>What the secret opens.</summary>
    public SecretKind Kind => shape.Kind;

    /// <summary>What it is called, such as "application key".</summary>
    public string Name { get; } = shape.Kind switch
    {
        SecretKind.ApiKey => "API key",
        SecretKind.ApplicationKey => "application key",
        SecretKind.ClientToken => "client token",
        SecretKind.PersonalAccessToken => "personal access token",
        SecretKind.ServiceAccessToken => "service access token",
        SecretKind.OAuthClientSecret => "OAuth client secret",
        SecretKind.OAuthAccessToken => "OAuth access token",
        SecretKind.OAuthRefreshToken => "OAuth refresh token",
        _ => throw new InvalidOperationException($"{shape.Kind} has no name."),
    };

    /// <summary>The name as one word of lower-case letters.</summary>
    public string Id => Name.ToLowerInvariant().Replace(' ', '-');

    /// <summary>Whether nothing but its digits shows what it is.</summary>
    public bool IsBare => shape.Stem.Length == 0;

    /// <summary>What a text must hold, one of these at least, before a scanner looks closer.</summary>
    public IReadOnlyList<string> Keywords => IsBare ? Words : [shape.Stem];

    /// <summary>The secret itself.</summary>
    public string Secret => $"{Head}{Digit}{{{shape.RandomLength + shape.ChecksumLength}}}";

    /// <summary>The secret with its parts named: what the checksum covers, and the checksum.</summary>
    public string SecretInParts =>
        $"{Head}(?P<body>{Digit}{{{shape.RandomLength}}})(?P<checksum>{Digit}{{{shape.ChecksumLength}}})";

    /// <summary>What its checksum covers besides the body, unwritten.</summary>
    public string? ChecksumName => shape.Name;

    /// <summary>The digits of its checksum.</summary>
    public int ChecksumLength => shape.ChecksumLength;

    /// <summary>The secret, in a group, and what stands around it.</summary>
    public string InText => $"{(IsBare ? $"{Word}(?:{Before})" : $"(?:^|{Before})")}({Secret})(?:{After})";

    /// <summary>A text of this shape that is no secret of anybody.</summary>
    public string Example => shape.Example();

    private string Head => shape.HasId ? $"{shape.Stem}{Base62Digit}{{{Base62.IdLength}}}_" : shape.Stem;

    private string Digit => shape.Name is null ? Base62Digit : HexDigit;

    /// <summary>All kinds of an installation.</summary>
    public static IReadOnlyList<SecretPattern> AllOf(SecretFormat format) =>
        [.. format.Shapes.Select(shape => new SecretPattern(shape))];
}
