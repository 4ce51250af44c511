using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IamEventSourced;

/// <summary>
/// A set of AWS-managed policies, named by its content: the digest is the SHA-256 of its canonical JSON, so that an event which names the
/// digest says all that can decide. Immutable; one value a process for each content, shared by all accounts that adopted it.
/// </summary>
public sealed class Catalogue
{
    /// <summary>The longest content, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1 << 20;

    // Never emptied: only the operator's commands and streams that are read add to it.
    static readonly ConcurrentDictionary<CatalogueDigest, Catalogue> Kept = new(); // before BuiltIn, which is in it

    readonly FrozenDictionary<PolicyId, CataloguePolicy> _byId;

    Catalogue(CataloguePolicy[] policies)
    {
        Policies = policies;
        _byId = policies.ToFrozenDictionary(policy => IdOf(policy.Arn));
        var canonical = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(JsonSerializer.SerializeToElement(new Stored(policies), Json.Options), canonical);
        (Content, Digest) = (Encoding.UTF8.GetString(canonical.WrittenSpan), new(Convert.ToHexStringLower(SHA256.HashData(canonical.WrittenSpan))));
    }

    /// <summary>The one that this version of the service brings along.</summary>
    public static Catalogue BuiltIn { get; } = Keep(Of(Embedded()));

    /// <summary>SHA-256 of <see cref="Content"/>.</summary>
    public CatalogueDigest Digest { get; }

    /// <summary>The policies as canonical JSON (RFC 8785), in the order of their ARNs.</summary>
    public string Content { get; }

    /// <summary>The policies, in the order of their ARNs.</summary>
    public IReadOnlyList<CataloguePolicy> Policies { get; }

    /// <summary>The policy with this id; null when the catalogue has none.</summary>
    public CataloguePolicy? Find(PolicyId id) => _byId.GetValueOrDefault(id);

    /// <summary>The catalogue with this digest; null when it is not at hand in this process.</summary>
    public static Catalogue? Find(CatalogueDigest digest) => Kept.GetValueOrDefault(digest);

    /// <summary>The digests of those that are at hand in this process.</summary>
    public static IReadOnlyCollection<CatalogueDigest> AtHand => [.. Kept.Keys];

    /// <summary>The id of an AWS-managed policy: made of its ARN, the same in every catalogue and account.</summary>
    public static PolicyId IdOf(Arn arn)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(arn.Value));
        return new(string.Create(21, hash, static (id, hash) =>
        {
            "ANPA".CopyTo(id);
            for (var i = 4; i < id.Length; i++) id[i] = Letters[hash[i] & 31];
        }));
    }

    /// <summary>Reads a content that was kept, and has it at hand from then on.</summary>
    /// <param name="content">As <see cref="Content"/> was.</param>
    /// <exception cref="FormatException">It is no catalogue in canonical form.</exception>
    public static Catalogue Read(string content)
    {
        Stored? stored;
        try { stored = JsonSerializer.Deserialize<Stored>(content, Json.Options); }
        catch (JsonException e) { throw new FormatException($"It is no catalogue: {e.Message}", e); }
        var catalogue = Of(stored?.Policies ?? []);
        return catalogue.Content == content ? Keep(catalogue) : throw new FormatException("It is no catalogue in canonical form.");
    }

    /// <summary>This version's catalogue with more policies: one of an ARN that it has already takes that one's place.</summary>
    /// <param name="more">An operator's own.</param>
    /// <returns>Why these can't be policies of a catalogue: InvalidInput, MalformedPolicyDocument or LimitExceeded.</returns>
    public static Answer<Catalogue> Extended(IReadOnlyCollection<CataloguePolicy> more)
    {
        if (more.Count is 0) return BuiltIn;
        foreach (var policy in more)
            if (policy.PolicyDocument.Malformation is { } malformation) return IamError.MalformedPolicyDocument($"{policy.PolicyName}: {malformation}");
        if (more.GroupBy(policy => policy.PolicyName).FirstOrDefault(same => same.Count() > 1) is { } twice) return IamError.InvalidInput($"Policies: {twice.Key} is there twice.");
        foreach (var policy in more)
            if (BuiltIn.Policies.FirstOrDefault(own => own.PolicyName == policy.PolicyName && own.Arn != policy.Arn) is { } other)
                return IamError.InvalidInput($"Policies: {policy.Arn} is called like {other.Arn}.");
        var arns = more.Select(policy => policy.Arn).ToHashSet();
        var catalogue = Of([.. BuiltIn.Policies.Where(policy => !arns.Contains(policy.Arn)), .. more]);
        return Encoding.UTF8.GetByteCount(catalogue.Content) > MaxBytes ? IamError.LimitExceeded("CatalogueBytes", MaxBytes) : catalogue;
    }

    static Catalogue Of(IReadOnlyCollection<CataloguePolicy> policies) => new([.. policies.Select(Shared).OrderBy(policy => policy.Arn.Value, StringComparer.Ordinal)]);

    // The same text in another catalogue than the built-in, which is null while it is made, is the same object, so that it is compiled once.
    static CataloguePolicy Shared(CataloguePolicy policy) =>
        BuiltIn?.Find(IdOf(policy.Arn)) is { } own && own.PolicyDocument == policy.PolicyDocument ? policy with { PolicyDocument = own.PolicyDocument } : policy;

    /// <summary>Has it at hand for events that name its digest.</summary>
    internal static Catalogue Keep(Catalogue catalogue) => Kept.GetOrAdd(catalogue.Digest, catalogue);

    static List<CataloguePolicy> Embedded()
    {
        var assembly = typeof(Catalogue).Assembly;
        List<CataloguePolicy> policies = [];
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("Catalogue/", StringComparison.Ordinal)))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            policies.AddRange(CataloguePolicy.Read(text.ReadToEnd()));
        }
        return policies;
    }

    sealed record Stored(CataloguePolicy[] Policies);
}

/// <summary>SHA-256 of a catalogue's content, in hexadecimal.</summary>
public sealed record CatalogueDigest(string Value) : Text<CatalogueDigest>(Value), IText<CatalogueDigest>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(64, 64, "[0-9a-f]+");
    /// <inheritdoc/>
    public static implicit operator CatalogueDigest(string text) => new(text);
}

/// <summary>A policy of a catalogue, whole.</summary>
/// <param name="PolicyName">Its name, unique in the catalogue without case.</param>
/// <param name="Path">Its path, with the name all that is in its ARN; as <c>/job-function/</c>.</param>
/// <param name="VersionId">Of its text: another text is another version.</param>
/// <param name="PolicyDocument">Its text; one that is no policy: MalformedPolicyDocument. AWS's own are longer than an account's may be.</param>
/// <param name="Description">For people.</param>
public sealed record CataloguePolicy(PolicyName PolicyName, PolicyPath Path, VersionId VersionId, PolicyText PolicyDocument, PolicyDescription? Description = null)
{
    /// <summary>Its ARN, the same in every account.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public Arn Arn => Arn.OfAwsPolicy(new(Path.Value), PolicyName);

    /// <summary>The policies that a file describes: one object or an array of them. <c>PolicyDocument</c> may be a string, kept byte for byte, or the policy itself.</summary>
    /// <param name="json">What is in the file.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static IReadOnlyList<CataloguePolicy> Read(string json)
    {
        try
        {
            List<CataloguePolicy> policies = [];
            var root = JsonNode.Parse(json);
            foreach (var node in root is JsonArray many ? [.. many] : (JsonNode?[])[root])
            {
                if (node is JsonObject { } policy && policy[nameof(PolicyDocument)] is JsonObject document) policy[nameof(PolicyDocument)] = document.ToJsonString(Json.Options);
                policies.Add(node.Deserialize<CataloguePolicy>(Json.Options) ?? throw new FormatException("null is no policy."));
            }
            return policies;
        }
        catch (Exception e) when (e is JsonException or ArgumentException) { throw new FormatException($"It is no policy of a catalogue: {e.Message}", e); }
    }
}

/// <summary>That an account adopted a catalogue.</summary>
/// <param name="Catalogue">The catalogue.</param>
/// <param name="Since">The event.</param>
public sealed record Adoption(Catalogue Catalogue, Stamp Since);

/// <summary>What can be asked of the AWS-managed policies.</summary>
public static class CatalogueDirectory
{
    extension(Directory directory)
    {
        /// <summary>The AWS-managed policies of the catalogue in force, in the order of their names, with those who have them.</summary>
        public IEnumerable<ManagedPolicy> PoliciesOfAws() => directory.Adoptions is [.., var newest]
            ? newest.Catalogue.Policies.OrderBy(policy => policy.PolicyName.Value, StringComparer.OrdinalIgnoreCase).Select(policy => directory.PolicyOf(Catalogue.IdOf(policy.Arn))) : [];

        /// <summary>
        /// The AWS-managed policy of this id as the catalogues say, as if nobody had it; null when the one in force has none.
        /// What an adoption left as it was is in force since before it.
        /// </summary>
        internal ManagedPolicy? Adopted(PolicyId id)
        {
            if (directory.Adoptions is not [.. var before, var newest] || newest.Catalogue.Find(id) is not { } policy) return null;
            var (created, since, same) = (newest.Since, newest.Since, true);
            for (var i = before.Length - 1; i >= 0 && before[i].Catalogue.Find(id) is { } older; i--)
            {
                created = before[i].Since;
                same = same && older.VersionId == policy.VersionId && older.PolicyDocument == policy.PolicyDocument;
                if (same) since = created;
            }
            return new(id, policy.PolicyName, new(policy.Path.Value), policy.Description, created)
            {
                IsAws = true, Versions = Table<VersionId, PolicyVersion>.Empty.With(policy.VersionId, new(policy.VersionId, policy.PolicyDocument, since)),
                DefaultVersionId = policy.VersionId, DefaultSince = since, Updated = since,
            };
        }

        /// <summary>The directory with the policies of the catalogue in force, whose texts all accounts share, for those who have them.</summary>
        public Directory WithPoliciesOfCatalogue()
        {
            var policies = Table<PolicyId, ManagedPolicy>.Empty;
            foreach (var (id, policy) in directory.AwsPolicies)
                if (directory.Adopted(id) is { } adopted) policies = policies.With(id, adopted with { Users = policy.Users, Groups = policy.Groups, Bounds = policy.Bounds });
            return directory with { AwsPolicies = policies };
        }

        /// <summary>An AWS-managed policy is nobody's to change; said as AWS says it.</summary>
        internal IamError NotForChange(IOperation operation, Call call, Arn policy) => IamError.AccessDenied(directory.ArnOf(call.Caller), Operation.Of(operation).Action, policy.Value);
    }
}
