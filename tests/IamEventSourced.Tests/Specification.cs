using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced.Tests;

/// <summary>Given these events, when this operation comes, then these events, this answer or this refusal. The account exists, with root's key.</summary>
public abstract class Specification : IIdSource
{
    Directory _directory = new(Cast.Account);
    Directory? _after;
    Outcome? _outcome;
    object? _answer;
    IamError? _refusal;
    int _ids;
    bool _oldIsRight = true, _isReused;

    protected Specification() => Given(Cast.Founded, Cast.RootKeyCreated);

    protected Directory Directory => _directory;

    /// <summary>Not even the account.</summary>
    protected Specification GivenNothing(AccountId? account = null)
    {
        _directory = new(account ?? Cast.Account);
        return this;
    }

    public Specification Given(params AccountEvent[] events)
    {
        foreach (var @event in events) _directory = _directory.Apply(@event, Cast.Noon);
        return this;
    }

    public Specification GivenQuotas(Quotas quotas)
    {
        _directory = _directory with { Quotas = quotas };
        return this;
    }

    /// <summary>What comparing passwords comes to.</summary>
    public Specification GivenPasswords(bool oldIsRight = true, bool isReused = false)
    {
        (_oldIsRight, _isReused) = (oldIsRight, isReused);
        return this;
    }

    public Specification When(ICommand command, Caller? by = null)
    {
        _outcome = _directory.Decide(command, CallOf(by).Prepared(command, _directory, _oldIsRight, _isReused));
        _refusal = _outcome.Refusal;
        if (_refusal is not null) return this;
        _after = _outcome.Events.Aggregate(_directory, (directory, @event) => directory.Apply(@event, Cast.One));
        _answer = command.AnswerOn(_after, _outcome);
        return this;
    }

    public Specification When(IQuery query, Caller? by = null)
    {
        _refusal = _directory.Refusal(query, CallOf(by));
        if (_refusal is null) (_answer, _refusal) = query.AnswerOn(_directory, CallOf(by));
        return this;
    }

    /// <summary>Of a history that knows this last use of any credential, and nothing else.</summary>
    public Specification When(IHistoryQuery query, CredentialUse? last = null, Caller? by = null)
    {
        _refusal = _directory.Refusal(query, CallOf(by));
        if (_refusal is null) (_answer, _refusal) = query.AnswerOn(_directory, CallOf(by), new NoHistory(last)).Result;
        return this;
    }

    /// <summary>Just these events, written just so: names are compared with case here.</summary>
    public Specification Then(params AccountEvent[] events)
    {
        _refusal.ShouldBeNull();
        _outcome!.Events.Select(Stored).ShouldBe(events.Select(Stored));
        return this;
    }

    /// <summary>The answer as JSON, its members in AWS's order.</summary>
    public void ThenAnswers(string json)
    {
        _refusal.ShouldBeNull();
        JsonSerializer.SerializeToNode(_answer, _answer!.GetType(), Json.Options)!.ToJsonString().ShouldBe(JsonNode.Parse(json)!.ToJsonString());
    }

    public void ThenRefused(string code, string? message = null)
    {
        _refusal.ShouldNotBeNull().Code.ShouldBe(code);
        if (message is not null) _refusal.Message.ShouldBe(message);
        if (_outcome is not null) _outcome.Events.ShouldBeEmpty();
    }

    protected TAnswer Ask<TAnswer>(IQuery<TAnswer> query) where TAnswer : class
    {
        var (answer, refusal) = query.Answer(_directory, CallOf(null));
        refusal.ShouldBeNull();
        return answer!;
    }

    protected Directory After => _after!;

    protected Call CallOf(Caller? by) => new(by ?? Cast.AsRoot, "c-1", Cast.One, this);

    static string Stored(AccountEvent @event) => $"{@event.StoredName()} {JsonSerializer.Serialize(@event, @event.GetType(), Json.Options)}";

    /// <summary>New ids begin with the first again: in another history.</summary>
    protected void IdsFromTheFirst() => _ids = 0;

    public string Next(string prefix) => $"{prefix}{++_ids:D17}";
    public AccessKeyId NextAccessKeyId(AccountId account) => AccessKeyId.Of(account, (ulong)++_ids);
    public Secret NextSecretAccessKey() => new("secret");
    public Secret NextMFASeed() => new("secret");
}

/// <summary>A history that knows this last use of any credential, these accesses of anybody, and nothing else.</summary>
sealed class NoHistory(CredentialUse? last = null, params IReadOnlyList<LastAccess> accesses) : IHistory
{
    public Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most) => Task.FromResult<IReadOnlyList<RecordedEvent>>([]);
    public Task<EmailAddress?> PrimaryEmail() => Task.FromResult<EmailAddress?>(null);
    public Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events) => Task.FromResult<IReadOnlyList<EventFacts>>([]);
    public Task<TreeHead?> HeadUntil(long revision) => Task.FromResult<TreeHead?>(null);
    public Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees) => Task.FromResult<IReadOnlyList<byte[]>>([]);
    public Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials) =>
        Task.FromResult<IReadOnlyDictionary<string, CredentialUse>>(last is null ? new Dictionary<string, CredentialUse>() : credentials.ToDictionary(id => id, _ => last));
    public Task<Directory> DirectoryAt(long revision) => Task.FromResult(new Directory(Cast.Account));
    public Task<Directory> PartAt(long revision, EntityReference entity, bool holders = false) => DirectoryAt(revision);
    public Task<long> RevisionAt(DateTimeOffset time) => Task.FromResult(0L);
    public Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions) => Task.FromResult<IReadOnlyList<RecordedEvent>>([]);
    public Task<IReadOnlyList<StoredEvent>> StoredAt(long from, long to) => Task.FromResult<IReadOnlyList<StoredEvent>>([]);
    public Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource) => Task.FromResult<IReadOnlyList<RecordedEvent>>([]);
    public Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users) => Task.FromResult(accesses);
    public Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users) =>
        Task.FromResult<IReadOnlyDictionary<UserId, DateTimeOffset>>(new Dictionary<UserId, DateTimeOffset>());
    public Task<IReadOnlyList<(UserId User, string Service, DateTimeOffset At)>> AccessesByUser(IReadOnlyCollection<UserId> users) =>
        Task.FromResult<IReadOnlyList<(UserId, string, DateTimeOffset)>>([.. accesses.Where(access => access.Action is null).Select(access => (access.UserId, access.Service, access.At))]);
    /// <summary>Since when uses are known; null: for ever, and all.</summary>
    public KnownUses? Known { get; init; }
    public Task<IReadOnlyDictionary<UserId, KnownUses>> KnownUsesOf(IReadOnlyCollection<UserId> users) =>
        Task.FromResult<IReadOnlyDictionary<UserId, KnownUses>>(users.ToDictionary(user => user, _ => Known ?? new(DateTimeOffset.MinValue, DateTimeOffset.MinValue, true)));
    public Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most) =>
        Task.FromResult<IReadOnlyList<(RefusedAttemptEntry, long)>>([]);
    public Task<(IReadOnlyList<(DecisionEntry Decision, long Id)> Found, (DateTimeOffset At, long Id)? Until)> Decisions(ListDecisions query, (DateTimeOffset At, long Id)? before, int most) =>
        Task.FromResult<(IReadOnlyList<(DecisionEntry, long)>, (DateTimeOffset, long)?)>(([], null));
    public Task<IReadOnlyList<DecisionGap>> DecisionGaps(DateTimeOffset? from, DateTimeOffset? to, int most) => Task.FromResult<IReadOnlyList<DecisionGap>>([]);
}

/// <summary>Passwords worked out as a server does it, without hashing any.</summary>
static class PreparedCalls
{
    extension(Call call)
    {
        public Call Prepared(ICommand command, Directory directory, bool oldIsRight = true, bool isReused = false) =>
            command is IPasswordCommand slow && slow.Work(directory, call) is { } work ? call with { Passwords = new(work, new("hash"), oldIsRight, isReused) } : call;
    }
}

/// <summary>The people, groups and policies that the stories are about.</summary>
static class Cast
{
    public static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset One = Noon.AddHours(1);

    public static readonly AccountId Account = "111122223333";
    public static readonly AccountCreated Founded = new((AccountName?)null);
    public static readonly AccessKeyId RootKey = "AKIAROOTROOTROOTROOT";
    /// <summary>Of the secret "secret": SHA-256 of "iam-secret-fingerprint", a line feed and it, by another program.</summary>
    public static readonly Fingerprint Print = "feb122a500f19e4c661f6fd8997c575aca674c1dc5fa89240c1608e74ff71d22";
    public static readonly AccessKeyCreated RootKeyCreated = new(RootKey, null, Print);
    public static readonly Caller AsRoot = new RootCaller(Account, RootKey);
    public static readonly Caller AsOperator = new OperatorCaller("AKIAOPERATOROPERATOR");

    public static readonly UserId AliceId = "AIDAALICE00000000001";
    public static readonly UserCreated Alice = new(AliceId, "alice", "/team/");
    public static readonly AccessKeyId AliceKey = "AKIAALICEALICEALICEA";
    public static readonly AccessKeyCreated AliceKeyCreated = new(AliceKey, AliceId, Print);
    public static readonly Caller AsAlice = new UserCaller(Account, AliceKey, AliceId);

    public static readonly UserId BobId = "AIDABOB0000000000001";
    public static readonly UserCreated Bob = new(BobId, "Bob", IamPath.Root);

    /// <summary>The public key of RFC 8032's first test of Ed25519; its fingerprints by OpenSSH.</summary>
    public const string EdKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea", EdPrint = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8", EdMd5 = "cf:07:be:9d:68:ae:65:54:6d:a0:93:c3:6f:bd:0d:82",
        EdPem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----";
    public static readonly SSHPublicKeyId AliceSSHKeyId = "APKAALICE00000000001";
    public static readonly SSHPublicKeyUploaded AliceSSHKey = new(AliceSSHKeyId, AliceId, EdKey);

    public static readonly ServerCertificateId WwwId = "ASCAWWW0000000000001";
    public static readonly ServerCertificateUploaded Www = new(WwwId, "www", "/cloudfront/", ServerCertificateTests.Pem("leaf"), null, Print);

    public static readonly PasswordId AlicePassword = "APWDALICE00000000001", RootPassword = "APWDROOT000000000001";
    public static readonly LoginProfileCreated AliceSignsIn = new(AlicePassword, AliceId, false), RootSignsIn = new(RootPassword, null, false);

    public static readonly GroupId AdminsId = "AGPAADMINS0000000001";
    public static readonly GroupCreated Admins = new(AdminsId, "admins", "/eng/");
    public static readonly UserAddedToGroup AliceJoins = new(AdminsId, AliceId);
    public static readonly UserRemovedFromGroup AliceLeaves = new(AdminsId, AliceId);

    public const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
    public const string Reading = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}""";
    public const string Writing = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}""";
    public const string NoPolicy = """{"Version":"2012-10-17"}""";

    public static readonly PolicyId ReadId = "ANPAREAD000000000001";
    public static readonly PolicyCreated Read = new(ReadId, "Read", "/std/", "Reads.", Reading);
    public static readonly Arn ReadArn = "arn:aws:iam::111122223333:policy/std/Read";
    public static readonly PolicyVersionCreated ReadV2 = new(ReadId, "v2", Writing);
    public static readonly UserPolicyAttached AliceReads = new(AliceId, ReadId);
    public static readonly GroupPolicyAttached AdminsRead = new(AdminsId, ReadId);

    /// <summary>A policy of exactly this size, white space not counted.</summary>
    public static string PolicyOf(int size)
    {
        const string head = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:""", tail = "\",\n \"Resource\":\"*\"}}";
        return head + new string('a', size - head.Length - tail.Count(c => c is not (' ' or '\n'))) + tail;
    }
}
