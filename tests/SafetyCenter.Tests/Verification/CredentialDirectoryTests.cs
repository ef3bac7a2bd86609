using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Verification;

/// <summary>What is remembered and when it is forgotten; the database is a table that can be made to wait.</summary>
public sealed class CredentialDirectoryTests
{
    private static readonly SecretHash First = SecretHash.Of("first");
    private static readonly SecretHash Second = SecretHash.Of("second");

    private readonly Dictionary<SecretHash, Known> _table = [];
    private readonly MonotonicClock _clock = new();
    private readonly CredentialDirectory _directory;
    private Task _beforeAnswer = Task.CompletedTask;
    private int _questions;

    public CredentialDirectoryTests() => _directory = new CredentialDirectory(AskAsync, _clock, rememberedMax: 20);

    [Fact]
    public async Task What_was_asked_once_is_remembered()
    {
        _table[First] = SomeKey();
        _directory.StartTrusting(_clock.GetTimestamp());
        Assert.Same(_table[First], await FindAsync(First));
        Assert.Same(_table[First], await FindAsync(First));
        Assert.Equal(1, _questions);
    }

    [Fact]
    public async Task What_nobody_issued_is_not_remembered()
    {
        _directory.StartTrusting(_clock.GetTimestamp());
        Assert.Null(await FindAsync(First));
        _table[First] = SomeKey();
        Assert.Same(_table[First], await FindAsync(First));
    }

    [Fact]
    public async Task Nothing_is_remembered_while_nobody_listens()
    {
        _table[First] = SomeKey();
        await FindAsync(First);
        await FindAsync(First);
        Assert.Equal(2, _questions);
    }

    [Fact]
    public async Task Everything_is_forgotten_when_listening_ends_and_when_it_begins_again()
    {
        _table[First] = SomeKey();
        _directory.StartTrusting(_clock.GetTimestamp());
        await FindAsync(First);
        _directory.StopTrusting();
        await FindAsync(First);
        _directory.StartTrusting(_clock.GetTimestamp());
        await FindAsync(First);
        Assert.Equal(3, _questions);
    }

    [Fact]
    public async Task Memory_is_not_trusted_when_the_database_has_been_silent_for_the_lease()
    {
        _table[First] = SomeKey();
        _directory.StartTrusting(_clock.GetTimestamp());
        await FindAsync(First);
        _clock.Pass(CredentialDirectory.Lease - TimeSpan.FromMilliseconds(1));
        await FindAsync(First);
        Assert.Equal(1, _questions);
        _clock.Pass(TimeSpan.FromMilliseconds(1));
        await FindAsync(First);
        Assert.Equal(2, _questions);
        _directory.Heard(_clock.GetTimestamp());
        await FindAsync(First);
        Assert.Equal(2, _questions);
    }

    [Fact]
    public async Task A_changed_credential_is_asked_for_again_and_no_other()
    {
        _table[First] = SomeKey();
        _table[Second] = SomeKey();
        _directory.StartTrusting(_clock.GetTimestamp());
        await FindAsync(First);
        await FindAsync(Second);
        _directory.Forget(First);
        await FindAsync(Second);
        Assert.Equal(2, _questions);
        await FindAsync(First);
        Assert.Equal(3, _questions);
    }

    [Fact]
    public async Task The_keys_of_a_changed_user_are_asked_for_again_and_no_other()
    {
        var owner = Id<User>.New(DateTimeOffset.UnixEpoch);
        _table[First] = SomeKey(owner);
        _table[Second] = SomeKey(Id<User>.New(DateTimeOffset.UnixEpoch));
        _directory.StartTrusting(_clock.GetTimestamp());
        await FindAsync(First);
        await FindAsync(Second);
        _directory.ForgetOwnedBy(owner.Value);
        await FindAsync(Second);
        Assert.Equal(2, _questions);
        await FindAsync(First);
        Assert.Equal(3, _questions);
    }

    [Theory]
    [InlineData("the credential changes")]
    [InlineData("its owner changes")]
    [InlineData("listening breaks and begins again")]
    public async Task An_answer_that_was_on_its_way_meanwhile_is_not_remembered(string meanwhile)
    {
        var owner = Id<User>.New(DateTimeOffset.UnixEpoch);
        var old = SomeKey(owner);
        _table[First] = old;
        _directory.StartTrusting(_clock.GetTimestamp());
        var arrival = new TaskCompletionSource();
        _beforeAnswer = arrival.Task;
        var onItsWay = FindAsync(First);
        _table[First] = SomeKey(owner, isActive: false);
        switch (meanwhile)
        {
            case "the credential changes":
                _directory.Forget(First);
                break;
            case "its owner changes":
                _directory.ForgetOwnedBy(owner.Value);
                break;
            default:
                _directory.StopTrusting();
                _directory.StartTrusting(_clock.GetTimestamp());
                break;
        }

        arrival.SetResult();
        Assert.Same(old, await onItsWay);
        Assert.Equal(Verdict.Revoked, (await FindAsync(First))!.VerdictAt(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Memory_is_bounded_and_keeps_most()
    {
        _directory.StartTrusting(_clock.GetTimestamp());
        var hashes = Enumerable.Range(0, 21).Select(number => SecretHash.Of($"{number}")).ToArray();
        foreach (var hash in hashes)
        {
            _table[hash] = SomeKey();
            await FindAsync(hash);
        }

        // Without questions to the database: who is remembered is told by who can be found without it.
        _table.Clear();
        var remembered = 0;
        foreach (var hash in hashes)
        {
            remembered += await FindAsync(hash) is null ? 0 : 1;
        }

        Assert.InRange(remembered, 15, 20);
    }

    private static Known SomeKey(Id<User>? owner = null, bool isActive = true) => new(
        Id<Credential>.New(DateTimeOffset.UnixEpoch),
        Id<Organization>.New(DateTimeOffset.UnixEpoch),
        "application_key",
        owner,
        scopes: [],
        isRevoked: !isActive,
        isOrganizationDisabled: false,
        isOwnerActive: true,
        endsAt: null,
        testId: null,
        testEndsAt: null);

    private Task<Known?> FindAsync(SecretHash hash) =>
        _directory.FindAsync(hash, TestContext.Current.CancellationToken).AsTask();

    private async Task<Known?> AskAsync(SecretHash hash, CancellationToken cancellationToken)
    {
        _questions++;
        var answer = _table.GetValueOrDefault(hash);
        await _beforeAnswer.WaitAsync(cancellationToken);
        return answer;
    }

    private sealed class MonotonicClock : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _timestamp;

        public void Pass(TimeSpan time) => _timestamp += time.Ticks;
    }
}
