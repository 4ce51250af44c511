using System.Reflection;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced.Server;

/// <summary>Random questions about an account as it is: half of them whether somebody may what its policies speak of, the others any query, with names that the account has.</summary>
sealed class RandomQuestions(Directory directory, Random random)
{
    static readonly HashSet<Type> Known =
    [
        typeof(UserName), typeof(GroupName), typeof(PolicyName), typeof(Arn), typeof(VersionId), typeof(ActionName), typeof(ActionName[]), typeof(ResourceName), typeof(PolicyText[]), typeof(AuthorizationRequest[]), typeof(PathPrefix), typeof(PolicyPath), typeof(MaxItems), typeof(AccessKeyId), typeof(EntityReference), typeof(SSHPublicKeyId), typeof(SSHPublicKeyEncoding), typeof(SSHKeyFingerprint), typeof(ServerCertificateName), typeof(SerialNumber), typeof(ServiceNamespace[]),
    ];
    static readonly Operation[] Queries = [.. Operation.All.Values.Where(CanAsk)];

    // What one question is about, so that its parameters belong together.
    readonly User? _user = directory.Users.Count is 0 ? null : directory.Users.At(random.Next(directory.Users.Count));
    readonly Group? _group = directory.Groups.Count is 0 ? null : directory.Groups.At(random.Next(directory.Groups.Count));
    readonly ManagedPolicy? _policy = directory.Policies.Count is 0 ? null : directory.Policies.At(random.Next(directory.Policies.Count));

    /// <summary>Whether such questions can be made: a query, all of whose parameters that have to be given are of a kind that is known here.</summary>
    public static bool CanAsk(Operation operation) =>
        operation.Type.IsAssignableTo(typeof(IQuery)) && operation.Type != typeof(ListPrincipalsAllowed) // which of the past the stream answers, not the rows
        && operation.Parameters.Where(Operation.IsRequired).All(parameter => Known.Contains(parameter.ParameterType));

    /// <summary>The next question about a directory.</summary>
    public static IQuery Next(Directory directory, Random random) =>
        new RandomQuestions(directory, random) is var made && random.Next(2) is 0 ? made.Make(Operation.All[nameof(Authorize)]) ?? new GetCallerIdentity() : made.Make(Queries[random.Next(Queries.Length)]) ?? new GetCallerIdentity();

    /// <summary>Null: the account has nothing to ask about in this way.</summary>
    IQuery? Make(Operation operation)
    {
        var values = new object?[operation.Parameters.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (parameter, required) = (operation.Parameters[i], Operation.IsRequired(operation.Parameters[i]));
            values[i] = required || parameter.ParameterType == typeof(Arn) || random.Next(2) is 0 ? Value(parameter, operation) : null;
            if (values[i] is null && required) return null;
        }
        return (IQuery)Activator.CreateInstance(operation.Type, values)!;
    }

    object? Value(ParameterInfo parameter, Operation operation) => parameter.ParameterType switch
    {
        var type when type == typeof(UserName) => _user?.Name,
        var type when type == typeof(GroupName) => _group?.Name,
        var type when type == typeof(PolicyName) => Name(operation.Parameters.Any(other => other.ParameterType == typeof(GroupName)) ? _group?.Policies : _user?.Policies),
        var type when type == typeof(Arn) => parameter.Name is "PolicyArn" ? _policy is null ? null : directory.ArnOf(_policy) : _user is null ? null : directory.ArnOf(_user),
        var type when type == typeof(VersionId) => _policy?.Versions.First().Key,
        var type when type == typeof(ActionName) => Concrete(Patterns(statement => statement.Actions), ActionName.Limits) is { } action ? new ActionName(action) : new ActionName("s3:GetObject"),
        var type when type == typeof(ResourceName) => Concrete(Patterns(statement => statement.Resources), ResourceName.Limits) is { } resource ? new ResourceName(resource) : null,
        var type when type == typeof(ActionName[]) => Enumerable.Range(0, random.Next(1, 4)).Select(_ => (ActionName)Value(Parameter(nameof(Authorize.ActionName)), operation)!).ToArray(),
        var type when type == typeof(PolicyText[]) => _policy is null ? null : new[] { _policy.Default.Text },
        var type when type == typeof(AuthorizationRequest[]) => Enumerable.Range(0, random.Next(1, 4)).Select(_ => new AuthorizationRequest(
            (ActionName)Value(Parameter(nameof(Authorize.ActionName)), operation)!, (ResourceName?)Value(Parameter(nameof(Authorize.ResourceArn)), operation), (Arn?)Value(Parameter(nameof(Authorize.PrincipalArn)), operation))).ToArray(),
        var type when type == typeof(PathPrefix) => _user is null ? null : new PathPrefix(_user.Path.Value),
        var type when type == typeof(PolicyPath) => _policy is null ? null : new PolicyPath(_policy.Path.Value),
        var type when type == typeof(MaxItems) => new MaxItems(random.Next(1, 20)),
        var type when type == typeof(AccessKeyId) => _user?.AccessKeys.Select(key => key.Key).FirstOrDefault(),
        var type when type == typeof(SSHPublicKeyId) => _user?.SSHPublicKeys.Select(key => key.Key).FirstOrDefault(),
        var type when type == typeof(SSHPublicKeyEncoding) => new SSHPublicKeyEncoding(random.Next(2) is 0 ? "SSH" : "PEM"),
        var type when type == typeof(SSHKeyFingerprint) => _user?.SSHPublicKeys.Select(key => SSHKey.Of(key.Value.Body).Fingerprint).FirstOrDefault(),
        var type when type == typeof(ServerCertificateName) => directory.ServerCertificates.Count is 0 ? null : directory.ServerCertificates.At(random.Next(directory.ServerCertificates.Count)).Name,
        var type when type == typeof(SerialNumber) => directory.MFADevices.Count is 0 ? null : directory.SerialNumberOf(directory.MFADevices.At(random.Next(directory.MFADevices.Count))),
        var type when type == typeof(ServiceNamespace[]) => new ServiceNamespace[] { "s3", "iam" },
        var type when type == typeof(EntityReference) => _user is null ? null : new EntityReference(directory.ArnOf(_user).Value),
        _ => null,
    };

    static ParameterInfo Parameter(string name) => Operation.All[nameof(Authorize)].Parameters.First(parameter => parameter.Name == name);

    PolicyName? Name(Table<PolicyName, InlinePolicy>? policies) => policies is { Count: > 0 } ? policies.ElementAt(random.Next(policies.Count)).Value.Name : null;

    /// <summary>What one of the statements says that are in force for the user; mostly an allowing one's, as most are.</summary>
    string? Patterns(Func<PolicyStatement, PatternList?> which)
    {
        if (_user is not { } user) return null;
        List<string> texts = [.. TextsOf(user.Policies, user.Attached), .. user.Groups.Take(5).SelectMany(group => TextsOf(directory.Groups[group.Key].Policies, directory.Groups[group.Key].Attached))];
        if (texts.Count is 0 || !PolicyDocument.TryParse(texts[random.Next(texts.Count)], out var document, out _)) return null;
        var statement = document.Statements[random.Next(document.Statements.Length)];
        return which(statement) is { Patterns: { Length: > 0 } patterns } ? patterns[random.Next(patterns.Length)] : null;
    }

    IEnumerable<string> TextsOf(Table<PolicyName, InlinePolicy> inline, Table<PolicyId, Stamp> attached) =>
        [.. inline.Take(5).Select(policy => policy.Value.Text.Value), .. attached.Take(5).Select(policy => directory.Policies.Find(policy.Key)?.Default.Text.Value).OfType<string>()];

    /// <summary>A text that the pattern matches, most likely; null: none that may be asked about.</summary>
    string? Concrete(string? pattern, TextLimits limits)
    {
        if (pattern is null) return null;
        var text = pattern.Replace("${aws:username}", _user?.Name.Value, StringComparison.Ordinal).Replace("?", "x", StringComparison.Ordinal);
        if (text is "*") return null;
        text = text.Replace("*", random.Next(2) is 0 ? "x" : $"y{random.Next(10)}", StringComparison.Ordinal);
        return limits.Violation(text) is null ? text : null;
    }
}
