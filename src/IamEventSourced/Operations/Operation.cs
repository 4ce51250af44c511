using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// Something that can be asked of an account. Its type's name is AWS's operation, the IAM action that the caller needs,
/// the bus message and the path; its constructor's parameters are AWS's parameters, and those that may be null are optional.
/// </summary>
public interface IOperation
{
    /// <summary>What the caller has to be allowed before anything else is looked at; empty: nothing.</summary>
    Permission[] Requires(Directory directory, Call call);
}

/// <summary>An operation that changes the account.</summary>
public interface ICommand : IOperation
{
    /// <summary>The events that this command yields on this directory, or the refusal. Pure.</summary>
    Outcome Decide(Directory directory, Call call);

    /// <summary>What is said when it is done; null: nothing but that.</summary>
    object? AnswerOn(Directory after, Outcome outcome) => null;

    /// <summary>What is said when the store finds that another account has what it claims and no two may have; null: it claims nothing.</summary>
    IamError? Taken => null;
}

/// <summary>A command that answers with more than "done", read from the directory it led to and from its outcome.</summary>
public interface ICommand<TAnswer> : ICommand where TAnswer : class
{
    /// <summary>What is said when it is done.</summary>
    TAnswer Answer(Directory after, Outcome outcome);

    object? ICommand.AnswerOn(Directory after, Outcome outcome) => Answer(after, outcome);
}

/// <summary>An operation that only reads; on any directory, so of any moment.</summary>
public interface IQuery : IOperation
{
    /// <summary>The answer, or the refusal. Pure.</summary>
    Answer<object> AnswerOn(Directory directory, Call call);

    /// <summary>What of the account the answer is read from, beside the caller and what the parameters name; null: nothing.</summary>
    Extent? Extent => null;
}

/// <summary>A query and the type of its answer.</summary>
public interface IQuery<TAnswer> : IQuery where TAnswer : class
{
    /// <summary>The answer, or the refusal. Pure.</summary>
    Answer<TAnswer> Answer(Directory directory, Call call);

    Answer<object> IQuery.AnswerOn(Directory directory, Call call) => Answer(directory, call) is { Refusal: var refusal, Value: var value } ? new(value, refusal) : default;
}

/// <summary>A query whose answer from the directory is made whole by what lies beside it.</summary>
public interface ICompletedQuery : IQuery
{
    /// <summary>The whole answer.</summary>
    /// <param name="answer">What the directory has answered.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="history">What is kept beside it, until the moment that is asked about.</param>
    Task<object> Complete(object answer, Directory directory, IHistory history);
}

/// <summary>A query whose answer from the directory is made whole by what lies beside it, and the type of its answer.</summary>
public interface ICompletedQuery<TAnswer> : ICompletedQuery, IQuery<TAnswer> where TAnswer : class
{
    /// <summary>The whole answer.</summary>
    /// <param name="answer">What the directory has answered.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="history">What is kept beside it, until the moment that is asked about.</param>
    Task<TAnswer> Complete(TAnswer answer, Directory directory, IHistory history);

    async Task<object> ICompletedQuery.Complete(object answer, Directory directory, IHistory history) => await Complete((TAnswer)answer, directory, history);
}

/// <summary>A query that is answered from the account's history too, not from its directory alone.</summary>
public interface IHistoryQuery : IOperation
{
    /// <summary>The answer, or the refusal, from the directory of the moment that is asked about and the history until then.</summary>
    Task<Answer<object>> AnswerOn(Directory directory, Call call, IHistory history);

    /// <summary>What of the account the answer is read from, beside the caller and what the parameters name; null: nothing.</summary>
    Extent? Extent => null;

    /// <summary>Why no moment of the past can be asked about; null: any can.</summary>
    string? OnlyNow => null;
}

/// <summary>A query that is answered from the account's history, and the type of its answer.</summary>
public interface IHistoryQuery<TAnswer> : IHistoryQuery where TAnswer : class
{
    /// <summary>The answer, or the refusal, from the directory of the moment that is asked about and the history until then.</summary>
    Task<Answer<TAnswer>> Answer(Directory directory, Call call, IHistory history);

    async Task<Answer<object>> IHistoryQuery.AnswerOn(Directory directory, Call call, IHistory history) => await Answer(directory, call, history) is var (value, refusal) ? new(value, refusal) : default;
}

/// <summary>How questions are answered, of whatever kind.</summary>
public static class Answering
{
    extension(IOperation query)
    {
        /// <summary>What of the account the answer is read from, beside the caller and what the parameters name; null: nothing.</summary>
        public Extent? Reads => (query as IQuery)?.Extent ?? (query as IHistoryQuery)?.Extent;

        /// <summary>The answer, or the refusal, from a directory and the history until then.</summary>
        /// <exception cref="InvalidOperationException">It is no question that these answer.</exception>
        public async Task<Answer<object>> AnswerOn(Directory directory, Call call, IHistory history)
        {
            switch (query)
            {
                case IHistoryQuery asked: return await asked.AnswerOn(directory, call, history);
                case IQuery asked:
                    var (answer, refusal) = asked.AnswerOn(directory, call);
                    return refusal is null && query is ICompletedQuery completed ? new(await completed.Complete(answer!, directory, history), null) : new(answer, refusal);
                default: throw new InvalidOperationException($"{query.GetType().Name} is no question that a history answers.");
            }
        }
    }
}

/// <summary>A query that opens a session with temporary credentials, which are kept nowhere; and the type of its answer.</summary>
public interface ISessionQuery<TAnswer> : IOperation where TAnswer : class
{
    /// <summary>The session, if the code that is shown is good; or the refusal.</summary>
    Answer<Session> Open(Directory directory, Call call);

    /// <summary>The answer, with the session's credentials.</summary>
    TAnswer Answer(Credentials credentials);
}

/// <summary>Which service of AWS an operation belongs to, where it is not <c>iam</c>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ServiceAttribute(string name) : Attribute
{
    /// <summary>The name that requests are signed for and actions begin with.</summary>
    public string Name => name;
}

/// <summary>What an edge knows of an operation: read once from its record.</summary>
public sealed class Operation
{
    static readonly NullabilityInfoContext Nullability = new();
    readonly ConstructorInvoker _make;
    readonly Parameter[] _read;

    /// <summary>A parameter as it is read; what reflection tells of it is asked once.</summary>
    sealed record Parameter(string Name, bool IsRequired, object? Otherwise, int? Most, Type Type);

    Operation(Type type)
    {
        var make = type.GetConstructors()[0];
        (Type, Name, Parameters) = (type, type.Name, make.GetParameters());
        _make = ConstructorInvoker.Create(make);
        _read = [.. Parameters.Select(one => new Parameter(one.Name!, IsRequired(one), one.HasDefaultValue ? one.DefaultValue : null,
            one.GetCustomAttribute<MaxLengthAttribute>()?.Length, one.ParameterType))];
        Service = type.GetCustomAttribute<ServiceAttribute>()?.Name ?? "iam";
        Action = $"{Service}:{Name}";
        IsCommand = type.IsAssignableTo(typeof(ICommand));
        Answer = type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && Answering.Contains(i.GetGenericTypeDefinition()))?.GenericTypeArguments[0];
        HoldsSecret = Answer is not null && Members(Answer, []).Contains(typeof(Secret));
        TakesSecret = Parameters.Any(parameter => parameter.ParameterType.BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(SecretText<>));
    }

    static readonly Type[] Answering = [typeof(ICommand<>), typeof(IQuery<>), typeof(IHistoryQuery<>), typeof(ISessionQuery<>)];

    /// <summary>Every operation, by name.</summary>
    public static FrozenDictionary<string, Operation> All { get; } =
        typeof(IOperation).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false, IsClass: true } && type.IsAssignableTo(typeof(IOperation)))
            .Select(type => new Operation(type)).ToFrozenDictionary(operation => operation.Name, StringComparer.Ordinal);

    /// <summary>What an edge knows of this operation's type.</summary>
    public static Operation Of(IOperation operation) => All[operation.GetType().Name];

    /// <summary>The operation's record.</summary>
    public Type Type { get; }
    /// <summary>AWS's name of it.</summary>
    public string Name { get; }
    /// <summary>AWS's service: <c>iam</c> or <c>sts</c>.</summary>
    public string Service { get; }
    /// <summary>The action that a policy allows: service, colon, name.</summary>
    public string Action { get; }
    /// <summary>The parameters, in AWS's names.</summary>
    public IReadOnlyList<ParameterInfo> Parameters { get; }
    /// <summary>The type of the answer; null: nothing is said but that it is done.</summary>
    public Type? Answer { get; }
    /// <summary>Whether it changes the account.</summary>
    public bool IsCommand { get; }
    /// <summary>Whether its answer shows a secret; such an operation is refused on the bus, since queues keep what they carry.</summary>
    public bool HoldsSecret { get; }
    /// <summary>Whether a secret is among its parameters; such an operation is refused on the bus too.</summary>
    public bool TakesSecret { get; }

    /// <summary>Whether the parameter has to be given.</summary>
    public static bool IsRequired(ParameterInfo parameter)
    {
        if (parameter.HasDefaultValue) return false;
        lock (Nullability) return Nullability.Create(parameter).WriteState is not NullabilityState.Nullable;
    }

    /// <summary>Reads the operation from its parameters, whatever protocol they came by, and reports all that is wrong at once.</summary>
    /// <param name="parameters">A JSON object with the parameters as members.</param>
    public Answer<IOperation> Read(JsonElement parameters)
    {
        if (parameters.ValueKind is not JsonValueKind.Object) return IamError.ValidationError(["The parameters must be a JSON object"]);
        var (problems, values, named) = (new List<string>(), new object?[_read.Length], 0);
        for (var i = 0; i < values.Length; i++)
        {
            if (parameters.TryGetProperty(_read[i].Name, out var value)) named++;
            values[i] = Read(_read[i], value, problems);
        }
        if (named != parameters.GetPropertyCount()) AddUnfit(parameters, problems);
        return problems.Count > 0 ? IamError.ValidationError(problems) : new Answer<IOperation>((IOperation)_make.Invoke(values.AsSpan()), null);
    }

    /// <summary>Says which members are given twice, and which are no parameters.</summary>
    void AddUnfit(JsonElement parameters, List<string> problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in parameters.EnumerateObject())
            if (!seen.Add(member.Name)) problems.Add($"Value at '{member.Name}' failed to satisfy constraint: Member must not be given twice");
            else if (!_read.Any(parameter => parameter.Name == member.Name)) problems.Add($"Value at '{member.Name}' failed to satisfy constraint: Unknown parameter");
    }

    static object? Read(Parameter parameter, JsonElement value, List<string> problems)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            if (parameter.IsRequired) problems.Add($"Value null at '{parameter.Name}' failed to satisfy constraint: Member must not be null");
            return parameter.Otherwise;
        }
        if (NullItem(value) is { } place)
        {
            problems.Add($"Value null at '{parameter.Name}{place}' failed to satisfy constraint: Member must not be null");
            return null;
        }
        try
        {
            var read = value.Deserialize(parameter.Type, Json.Options);
            if (read is Array { Length: var length } && parameter.Most is { } most && length > most)
                problems.Add($"Value at '{parameter.Name}' failed to satisfy constraint: Member must have length less than or equal to {most}");
            return read;
        }
        catch (JsonException e)
        {
            var path = e.Path is null or "$" ? "" : e.Path.TrimStart('$');
            problems.Add($"Value at '{parameter.Name}{path}' failed to satisfy constraint: {Constraint(e.Message)}");
            return null;
        }
    }

    // The serializer knows what may be null of members alone, not of what is in a list.
    static string? NullItem(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array or JsonValueKind.Object when JsonMarshal.GetRawUtf8Value(value).IndexOf("null"u8) < 0 => null,
        JsonValueKind.Array => value.EnumerateArray().Select((item, i) => item.ValueKind is JsonValueKind.Null ? $"[{i}]" : NullItem(item) is { } inner ? $"[{i}]{inner}" : null).FirstOrDefault(place => place is not null),
        JsonValueKind.Object => value.EnumerateObject().Select(member => NullItem(member.Value) is { } inner ? $".{member.Name}{inner}" : null).FirstOrDefault(place => place is not null),
        _ => null,
    };

    // The serializer speaks of .NET's types, and adds its own path and position to a message of ours.
    static string Constraint(string message) =>
        message.StartsWith("Member ", StringComparison.Ordinal) ? message.Split(" Path: ", 2)[0]
        : message.Contains("could not be mapped", StringComparison.Ordinal) ? "Member is not known"
        : "Member must have the type that the operation's description says";

    static HashSet<Type> Members(Type type, HashSet<Type> seen)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var inner = property.PropertyType.IsGenericType ? property.PropertyType.GenericTypeArguments[^1] : property.PropertyType;
            if (inner.Assembly == typeof(Operation).Assembly && seen.Add(inner)) Members(inner, seen);
        }
        return seen;
    }
}
