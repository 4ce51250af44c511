namespace IamEventSourced;

/// <summary>
/// What is kept of one account beside its directory, until the moment that is asked about: its events, and what is no event because it is much or personal.
/// </summary>
public interface IHistory
{
    /// <summary>The events that touched an entity and fit a question, in the order that it asks for.</summary>
    /// <param name="entity">Its unique id; the account's own for what touched the account as a whole, which is every event.</param>
    /// <param name="query">Which.</param>
    /// <param name="most">How many at most.</param>
    Task<IReadOnlyList<RecordedEvent>> EventsOf(string entity, GetEntityHistory query, int most);

    /// <summary>What each of these events touched by name, and changed.</summary>
    Task<IReadOnlyList<EventFacts>> FactsOf(IReadOnlyList<RecordedEvent> events);

    /// <summary>Root's e-mail address as it is now; null: there is none, or it was erased.</summary>
    Task<EmailAddress?> PrimaryEmail();

    /// <summary>When credentials were last used, as far as it is known.</summary>
    /// <param name="credentials">Access keys' ids, and of passwords those of their principals: a user's, the account's for root.</param>
    Task<IReadOnlyDictionary<string, CredentialUse>> LastUsesOf(IReadOnlyCollection<string> credentials);

    /// <summary>The events of these revisions, in order.</summary>
    /// <param name="revisions">The numbers of events that there are.</param>
    Task<IReadOnlyList<RecordedEvent>> EventsAt(IReadOnlyCollection<long> revisions);

    /// <summary>What is stored at these revisions, whatever it holds; what is not there any more is left out.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The last.</param>
    Task<IReadOnlyList<StoredEvent>> StoredAt(long from, long to);

    /// <summary>
    /// The events on which it depends what a user may do on a resource, in order: of the user, of the groups it was ever in, of the policies that any of these ever
    /// had, of who or what the resource's name ever meant, and of the account itself; but no others' memberships and attachments. All events would do.
    /// </summary>
    /// <param name="user">The user; null: root.</param>
    /// <param name="resource">The resource; null: none.</param>
    Task<IReadOnlyList<RecordedEvent>> EventsDeciding(UserId? user, ResourceName? resource);

    /// <summary>The whole account as it was at a revision, not after the one that is asked about; at 0, before the first event, there is nothing.</summary>
    Task<Directory> DirectoryAt(long revision);

    /// <summary>As much of the account at a revision, not after the one that is asked about, as belongs to an entity: itself, and for a user its groups and what it proves itself by, with all policies that any of these have. More would do.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="entity">The entity.</param>
    /// <param name="holders">Also the members of a group, and those who have a policy: who they are, no more.</param>
    Task<Directory> PartAt(long revision, EntityReference entity, bool holders = false);

    /// <summary>The last revision that is not after a time; 0: there was none.</summary>
    Task<long> RevisionAt(DateTimeOffset time);

    /// <summary>When any of these users last accessed each service and each of its actions, as far as it is known; of now alone.</summary>
    Task<IReadOnlyList<LastAccess>> AccessesOf(IReadOnlyCollection<UserId> users);

    /// <summary>When each of these users last accessed a service, as far as it is known; of now alone.</summary>
    Task<IReadOnlyDictionary<UserId, DateTimeOffset>> AccessesTo(ServiceNamespace service, IReadOnlyCollection<UserId> users);

    /// <summary>When each of these users last accessed each service, as far as it is known; of now alone.</summary>
    Task<IReadOnlyList<(UserId User, string Service, DateTimeOffset At)>> AccessesByUser(IReadOnlyCollection<UserId> users);

    /// <summary>Since when all is known that each of these users used; of one that is left out nothing is.</summary>
    Task<IReadOnlyDictionary<UserId, KnownUses>> KnownUsesOf(IReadOnlyCollection<UserId> users);

    /// <summary>Refused attempts that fit a question, newest first, with their numbers.</summary>
    /// <param name="query">Which.</param>
    /// <param name="before">The attempt that they come before: its time and number; null: begin with the newest.</param>
    /// <param name="most">How many at most.</param>
    Task<IReadOnlyList<(RefusedAttemptEntry Attempt, long Id)>> RefusedAttempts(ListRefusedAttempts query, (DateTimeOffset At, long Id)? before, int most);

    /// <summary>What the decision log has that fits a question, newest first, with their numbers; and the decision up to which it looked: null: the oldest.</summary>
    /// <param name="query">Which.</param>
    /// <param name="before">The decision that they come before: its time and number; null: begin with the newest.</param>
    /// <param name="most">How many at most.</param>
    Task<(IReadOnlyList<(DecisionEntry Decision, long Id)> Found, (DateTimeOffset At, long Id)? Until)> Decisions(ListDecisions query, (DateTimeOffset At, long Id)? before, int most);

    /// <summary>When decisions that were to be kept were not, newest first.</summary>
    /// <param name="from">From this time on; null: from the first.</param>
    /// <param name="to">Before this time; null: until now.</param>
    /// <param name="most">How many at most.</param>
    Task<IReadOnlyList<DecisionGap>> DecisionGaps(DateTimeOffset? from, DateTimeOffset? to, int most);

    /// <summary>The last tree head that was signed of a revision, or of one before it; null: none was.</summary>
    Task<TreeHead?> HeadUntil(long revision);

    /// <summary>The roots of subtrees of the account's ledger, each of the leaves from, up to but not including, to; a leaf's index is its revision less one.</summary>
    Task<IReadOnlyList<byte[]>> Subtrees(IReadOnlyList<(long From, long To)> subtrees);
}

/// <summary>How far back it is known what a user used: what was before was not noted yet, or is erased or too old to be kept.</summary>
/// <param name="CredentialsSince">Since when uses of its access keys and password are.</param>
/// <param name="AccessesSince">Since when its accesses are.</param>
/// <param name="AllActions">False: it did so many different actions that further ones are not noted.</param>
public sealed record KnownUses(DateTimeOffset CredentialsSince, DateTimeOffset AccessesSince, bool AllActions);
