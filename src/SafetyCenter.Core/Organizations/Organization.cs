using System.Globalization;
using System.Text;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Organizations;

/// <summary>Whose Safety Center this is. Nothing one organization owns can be seen from another.</summary>
public sealed class Organization
{
    /// <summary>How many API keys may be active unless the operator raises it (seed 004).</summary>
    public const int ApiKeyLimitDefault = 50;

    /// <summary>How many application keys one user may have active unless the operator raises it.</summary>
    public const int ApplicationKeyLimitDefault = 1000;

    /// <summary>The highest limit that can be set.</summary>
    public const int LimitMax = 1_000_000;

    /// <summary>For how many days a revocation can be undone unless the organization chose otherwise.</summary>
    public const int UndoDaysDefault = 7;

    /// <summary>The longest time for undoing a revocation, in days.</summary>
    public const int UndoDaysMax = 30;

    /// <summary>Contacts are to be confirmed every six calendar months (seed 000).</summary>
    public const int ContactsReviewMonths = 6;

    private readonly List<SecurityContact> _contacts = [];

    /// <summary>Founds an organization.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slug">Its place in addresses; see <see cref="SlugFor"/>.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">The name is not acceptable.</exception>
    public Organization(string name, string slug, DateTimeOffset now)
    {
        Id = Id<Organization>.New(now);
        Name = Text.Name(name, "Organization name");
        Slug = slug;
        CreatedAt = now;
    }

    // For EF Core.
    private Organization(string name, string slug) => (Name, Slug) = (name, slug);

    /// <summary>Its id.</summary>
    public Id<Organization> Id { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; }

    /// <summary>Its place in addresses: lower-case ASCII letters, digits, hyphens.</summary>
    public string Slug { get; private set; }

    /// <summary>When it was founded.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it was disabled, if it is: nobody gets in, and no credential of it opens anything.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>What it allows, and what it demands of its people.</summary>
    public Policies Policies { get; private set; } = new();

    /// <summary>When each policy was last set, by its name in the API; those never set are absent.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> PoliciesSetAt { get; private set; } =
        new Dictionary<string, DateTimeOffset>();

    /// <summary>How many API keys may be active at once.</summary>
    public int ApiKeyLimit { get; private set; } = ApiKeyLimitDefault;

    /// <summary>How many application keys one user may have active at once.</summary>
    public int ApplicationKeyLimit { get; private set; } = ApplicationKeyLimitDefault;

    /// <summary>For how many days the revocation of a credential that has not leaked can be undone; 0 for never.</summary>
    public int UndoDays { get; private set; } = UndoDaysDefault;

    /// <summary>For how long the revocation of a credential that has not leaked can be undone.</summary>
    public TimeSpan UndoWindow => TimeSpan.FromDays(UndoDays);

    /// <summary>From when on something counts as dangerous here.</summary>
    public Thresholds Thresholds { get; private set; } = new();

    /// <summary>How it answers leaks.</summary>
    public LeakRules LeakRules { get; private set; } = new();

    /// <summary>Who gets security emails, primary first.</summary>
    public IReadOnlyList<SecurityContact> Contacts => [.. _contacts.OrderBy(contact => contact.Position)];

    /// <summary>When somebody last said that the contacts are right.</summary>
    public DateTimeOffset? ContactsConfirmedAt { get; private set; }

    /// <summary>Who said so.</summary>
    public Id<User>? ContactsConfirmedBy { get; private set; }

    /// <summary>The primary contact, when one is set.</summary>
    public SecurityContact? PrimaryContact => _contacts.Find(contact => contact.Position == ContactPosition.Primary);

    /// <summary>The secondary contact, when one is set.</summary>
    public SecurityContact? SecondaryContact => _contacts.Find(contact => contact.Position == ContactPosition.Secondary);

    /// <summary>When the contacts must be looked at again; null when there is nothing to look at yet.</summary>
    public DateTimeOffset? ContactsDueAt => ContactsConfirmedAt?.AddMonths(ContactsReviewMonths);

    /// <summary>Whether the contacts must be looked at now.</summary>
    public bool AreContactsDue(DateTimeOffset now) =>
        PrimaryContact is null || ContactsDueAt is null || ContactsDueAt <= now;

    /// <summary>Gives it another name. Its place in addresses stays: links and bookmarks go on working.</summary>
    /// <exception cref="RefusedException">The name is not acceptable.</exception>
    public void Rename(string? name) => Name = Text.Name(name, "Organization name");

    /// <summary>Stops everybody and everything of it. Doing so twice keeps the first time.</summary>
    public void Disable(DateTimeOffset now) => DisabledAt ??= now;

    /// <summary>Lets everybody and everything in again that was in before.</summary>
    public void Enable() => DisabledAt = null;

    /// <summary>Sets one policy.</summary>
    /// <param name="name">Its name in the API, such as <c>admin_only_invites</c>.</param>
    /// <param name="set">Sets it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">The value cannot be.</exception>
    public void SetPolicy(string name, Action<Policies> set, DateTimeOffset now)
    {
        set(Policies);
        PoliciesSetAt = new Dictionary<string, DateTimeOffset>(PoliciesSetAt) { [name] = now };
    }

    /// <summary>The operator sets how many keys there may be; null leaves a limit as it is.</summary>
    /// <exception cref="RefusedException">A limit is not in 1..<see cref="LimitMax"/>.</exception>
    public void SetLimits(int? apiKeys, int? applicationKeysPerUser)
    {
        ApiKeyLimit = Limit(apiKeys ?? ApiKeyLimit);
        ApplicationKeyLimit = Limit(applicationKeysPerUser ?? ApplicationKeyLimit);

        static int Limit(int limit) => limit is >= 1 and <= LimitMax
            ? limit
            : throw RefusedException.Invalid($"A limit must be between 1 and {LimitMax}.");
    }

    /// <summary>Sets for how many days a revocation can be undone.</summary>
    /// <exception cref="RefusedException">It is not in 0..<see cref="UndoDaysMax"/>.</exception>
    public void SetUndoDays(int days) => UndoDays = days is >= 0 and <= UndoDaysMax
        ? days
        : throw RefusedException.Invalid(
            $"Revocations can be undone for 0 to {UndoDaysMax} days.", nameof(UndoDays));

    /// <summary>Sets how it answers leaks; what was reported before stays as it was planned.</summary>
    /// <exception cref="RefusedException">A delay or a due time is out of its range.</exception>
    public void SetLeakRules(LeakRules rules) => LeakRules = rules.Checked();

    /// <summary>
    /// Sets who gets security emails, and confirms them. An address that stays keeps its verification; no address at
    /// all is allowed and makes the contacts due.
    /// </summary>
    /// <returns>What changed, so that the old and the new address can be told.</returns>
    /// <exception cref="RefusedException">No address, the same twice, or a secondary without a primary.</exception>
    public ContactsChange SetContacts(string? primary, string? secondary, Id<User> by, DateTimeOffset now)
    {
        var first = string.IsNullOrWhiteSpace(primary) ? null : Text.Email(primary, "primary");
        var second = string.IsNullOrWhiteSpace(secondary) ? null : Text.Email(secondary, "secondary");
        if (first is null && second is not null)
        {
            throw RefusedException.Invalid("A primary contact is required before a secondary one.", "primary");
        }

        if (second is not null && second == first)
        {
            throw RefusedException.Invalid(
                "The secondary contact must differ from the primary one.", "secondary");
        }

        var before = Contacts.Select(contact => contact.Email).ToArray();
        var kept = _contacts.Where(contact => contact.Email == first || contact.Email == second).ToList();
        var added = new List<SecurityContact>();
        Place(first, ContactPosition.Primary);
        Place(second, ContactPosition.Secondary);
        _contacts.RemoveAll(contact => contact.Email != first && contact.Email != second);
        ConfirmContacts(by, now);
        return new ContactsChange(added, [.. before.Except(_contacts.Select(contact => contact.Email))]);

        void Place(string? email, ContactPosition position)
        {
            if (email is null)
            {
                return;
            }

            if (kept.Find(contact => contact.Email == email) is { } contact)
            {
                contact.Position = position;
                return;
            }

            var fresh = new SecurityContact(Id, position, email, now);
            _contacts.Add(fresh);
            added.Add(fresh);
        }
    }

    /// <summary>Somebody says that the contacts are still right.</summary>
    public void ConfirmContacts(Id<User> by, DateTimeOffset now)
    {
        ContactsConfirmedAt = now;
        ContactsConfirmedBy = by;
    }

    /// <summary>What a name looks like in an address; "organization" when nothing of it can be written there.</summary>
    public static string SlugFor(string name)
    {
        const int lengthMax = 60;
        var slug = new StringBuilder();
        foreach (var c in name.Normalize(NormalizationForm.FormD).ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark
                && slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == lengthMax)
            {
                break;
            }
        }

        var text = slug.ToString().Trim('-');
        return text.Length == 0 ? "organization" : text;
    }
}

/// <summary>Who became a contact, and which addresses no longer are.</summary>
public sealed record ContactsChange(IReadOnlyList<SecurityContact> Added, IReadOnlyList<string> Removed)
{
    /// <summary>Whether any address came or went.</summary>
    public bool IsEmpty => Added.Count == 0 && Removed.Count == 0;
}
