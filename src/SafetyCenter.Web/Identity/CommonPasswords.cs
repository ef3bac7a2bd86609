namespace SafetyCenter.Web.Identity;

/// <summary>
/// Passwords that are guessed first. Long lists of leaked passwords are mostly the same few words in disguise, so the words
/// are kept here and the disguises are seen through.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>Upper case is lower case, and a digit or sign may stand for a letter: <c>P@ssw0rd</c>.</item>
/// <item>A password is covered by words, by runs such as <c>abcd</c>, <c>9876</c>, <c>qwerty</c> or <c>!!!!</c>, and by
/// single digits and signs. A word or run costs <see cref="PartCost"/>, a word of the person's own
/// <see cref="OwnCost"/>, for there are few of those, and a digit or sign one.</item>
/// <item>If it can be covered for <see cref="CostMax"/>, with its signs or without, it is common: two words and two digits,
/// or one word and six. A sentence never is, because most of its words are not here.</item>
/// <item>What repeats itself within <see cref="PeriodMax"/> characters is common, whatever it repeats.</item>
/// </list>
/// </remarks>
internal static class CommonPasswords
{
    private const int PartCost = 4;
    private const int OwnCost = 2;
    private const int CostMax = 10;
    private const int PeriodMax = 7;
    private const int PartMin = 3;

    private static readonly string[] Words =
    [
        .. """
            password passwort passw0rd passwd passwords motdepasse contrasena senha wachtwoord haslo parola pass
            letmein welcome willkommen bienvenue bienvenido hello hallo admin administrator root user guest login signin
            default changeme changeit change secret topsecret private master access security secure safetycenter
            datadog company system server service database oracle cisco microsoft windows apple android samsung google
            facebook linkedin twitter internet computer network office laptop
            test testing tester temp temporary sesame opensesame trustno trustnoone whatever
            monkey dragon tiger lion eagle falcon phoenix panther bear wolf kitty puppy buster tigger ginger pepper cookie
            cheese chocolate banana orange apples coffee flower flowers rainbow sunshine sunflower butterfly princess prince
            angel heaven lucky money love lovely lover iloveyou ilove you jesus blessed freedom forever together friends family
            football baseball basketball soccer hockey tennis golf rugby cricket liverpool chelsea arsenal barcelona realmadrid
            manchester juventus superman batman spiderman starwars pokemon naruto matrix ninja killer hunter ranger warrior
            shadow mustang ferrari porsche mercedes corvette harley yamaha suzuki honda toyota
            michael jordan jennifer jessica ashley amanda daniel thomas andrew joshua robert charlie george matthew nicole
            michelle anthony patrick martin maggie sophie oliver alexander
            spring summer autumn winter january february march april june july august september october november december
            monday tuesday wednesday thursday friday saturday sunday
            london paris berlin madrid newyork california america canada australia germany england france
            black white purple yellow silver golden diamond metallica nirvana
            1qaz2wsx 1q2w3e4r 1q2w3e 1qaz 2wsx 3edc 4rfv zaq1 xsw2 qazwsx qazwsxedc q1w2e3r4 a1b2c3 abc123 qwe asd zxc
            """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    ];

    private static readonly string[] Rows =
    [
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
        "azertyuiop", "qsdfghjklm",
    ];

    // Upwards, then downwards.
    private static readonly string[] Runs = [.. Rows, .. Rows.Select(row => new string([.. row.Reverse()]))];

    /// <summary>Whether a password is guessed early.</summary>
    /// <param name="password">The password.</param>
    /// <param name="others">Words that are common for this person, in lower case.</param>
    public static bool Holds(string password, IReadOnlyCollection<string> others)
    {
        var text = password.ToLowerInvariant();
        string[] own = [.. others.Concat(others.Select(Squeezed)).Where(word => word.Length >= PartMin).Distinct()];
        return Repeats(text) || CostOf(text, own) <= CostMax || CostOf(Squeezed(text), own) <= CostMax;
    }

    // "Safety Center", "safety-center" and "safetycenter" are guessed together. What is all signs stays what it is.
    private static string Squeezed(string text) =>
        text.Any(char.IsLetterOrDigit) ? string.Concat(text.Where(char.IsLetterOrDigit)) : text;

    private static bool Repeats(string text) =>
        Enumerable.Range(1, PeriodMax).Any(period => text.Skip(period).Zip(text).All(pair => pair.First == pair.Second));

    // The cheapest way to cover the text up to each of its characters.
    private static int CostOf(string text, string[] own)
    {
        const int never = int.MaxValue / 2;
        var costs = Enumerable.Repeat(never, text.Length + 1).ToArray();
        costs[0] = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (costs[at] > CostMax)
            {
                continue;
            }

            if (!char.IsLetter(text[at]))
            {
                Cover(1, cost: 1);
            }

            for (var length = PartMin; length <= RunFrom(text, at); length++)
            {
                Cover(length, PartCost);
            }

            foreach (var word in Words.Where(word => StandsAt(word, text, at)))
            {
                Cover(word.Length, PartCost);
            }

            foreach (var word in own.Where(word => StandsAt(word, text, at)))
            {
                Cover(word.Length, OwnCost);
            }

            void Cover(int length, int cost) => costs[at + length] = Math.Min(costs[at + length], costs[at] + cost);
        }

        return costs[^1];
    }

    private static int RunFrom(string text, int at)
    {
        var rest = text[at..];
        var same = rest.TakeWhile(c => c == rest[0]).Count();
        return Math.Max(same, Runs.Max(run => SharedFrom(run, rest)));
    }

    private static int SharedFrom(string run, string rest)
    {
        var start = run.IndexOf(rest[0]);
        return start < 0 ? 0 : rest.Zip(run[start..]).TakeWhile(pair => pair.First == pair.Second).Count();
    }

    private static bool StandsAt(string word, string text, int at) =>
        word.Length <= text.Length - at && word.Zip(text[at..]).All(pair => IsAlike(pair.First, pair.Second));

    private static bool IsAlike(char letter, char written) => letter == written || written switch
    {
        '0' => letter is 'o',
        '1' or '!' or '|' => letter is 'i' or 'l',
        '3' or '€' => letter is 'e',
        '4' or '@' => letter is 'a',
        '5' or '$' => letter is 's',
        '7' or '+' => letter is 't',
        '8' => letter is 'b',
        '9' => letter is 'g',
        _ => false,
    };
}
