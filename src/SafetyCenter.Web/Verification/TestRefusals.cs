using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Remembers who was refused because a credential was off for a test, until it is written a moment later. Bounded: of
/// each test as many callers as of a credential's day, and of a few hundred tests.
/// </summary>
public sealed class TestRefusals(TimeProvider time)
{
    private const int TestsMax = 500;

    private readonly Lock _lock = new();
    private Dictionary<Id<TestRevocation>, CredentialUse> _uses = [];

    /// <summary>Notes a call that was refused for a test; any other refusal is not noted.</summary>
    public void Note(Authentication authentication, HttpContext context)
    {
        if (authentication.OffForTest is not { TestId: { } test })
        {
            return;
        }

        lock (_lock)
        {
            if (!_uses.TryGetValue(test, out var use))
            {
                if (_uses.Count == TestsMax)
                {
                    return;
                }

                _uses[test] = use = new CredentialUse();
            }

            use.Add(Call.Of(context), permission: null, time.GetUtcNow(), mayAddCaller: true);
        }
    }

    /// <summary>Hands over what was noted, and forgets it.</summary>
    internal IReadOnlyDictionary<Id<TestRevocation>, CredentialUse> Take()
    {
        lock (_lock)
        {
            var taken = _uses;
            if (taken.Count > 0)
            {
                _uses = [];
            }

            return taken;
        }
    }

    /// <summary>Takes back what could not be written.</summary>
    internal void TakeBack(IReadOnlyDictionary<Id<TestRevocation>, CredentialUse> unwritten)
    {
        lock (_lock)
        {
            foreach (var (test, use) in unwritten)
            {
                if (_uses.TryGetValue(test, out var newer))
                {
                    newer.Add(use, mayAddCallers: true);
                }
                else if (_uses.Count < TestsMax)
                {
                    _uses[test] = use;
                }
            }
        }
    }
}
