using System.Buffers;
using System.Collections.Immutable;

namespace IamEventSourced.PolicyEngine;

/// <summary>Text to tree, strictly (R1–R14). Stops at the first syntax error; what AWS reports in a later stage is collected.</summary>
internal sealed class PolicyReader
{
    // R1: tab, line feed, carriage return and U+0020..U+00FF.
    private static readonly SearchValues<char> AllowedCharacters =
        SearchValues.Create(Enumerable.Range(0x20, 0xE0).Select(code => (char)code).Concat("\t\n\r").ToArray());

    private readonly string text;
    private readonly JsonCursor json;
    private readonly Findings findings;
    private readonly bool writing;
    private readonly IReadOnlyCollection<string> partitions;
    private readonly HashSet<string> sids = new(StringComparer.Ordinal);
    private readonly List<PolicyStatement> statements = [];

    private PolicyReader(string text, Findings findings, bool writing, IReadOnlyCollection<string> partitions)
    {
        this.text = text;
        this.findings = findings;
        this.writing = writing;
        this.partitions = partitions;
        json = new(text);
    }

    /// <summary>
    /// The tree, or null when the syntax is wrong; <paramref name="findings"/> may have entries either way.
    /// <paramref name="writing"/> adds what AWS asks only of documents that are stored: the form of actions, resources and dates.
    /// </summary>
    internal static PolicyDocument? Read(string text, Findings findings, bool writing = false, IReadOnlyCollection<string>? partitions = null)
    {
        try
        {
            return new PolicyReader(text, findings, writing, partitions ?? []).ReadDocument();
        }
        catch (MalformedPolicyException malformed)
        {
            findings.Add(PolicyStage.Syntax, malformed.Error);
            return null;
        }
    }

    private PolicyDocument ReadDocument()
    {
        if (text.Length > PolicyDocument.MaxLength) throw json.Wrong($"More than {PolicyDocument.MaxLength} characters.");
        var forbidden = text.AsSpan().IndexOfAnyExcept(AllowedCharacters);
        if (forbidden >= 0) throw json.Wrong("A character beyond U+00FF or a control character must be written as \\uXXXX.", forbidden);

        string? version = null, id = null;
        var isArray = false;
        var members = new HashSet<string>(StringComparer.Ordinal);
        json.Open('{');
        while (json.NextMember(members, out var name))
        {
            json.Enter(name);
            switch (name)
            {
                case "Version": version = ReadVersion(); break;
                case "Id": id = json.ReadString(); break;
                case "Statement": isArray = ReadStatements(); break;
                default: throw json.Wrong("No such member.");
            }
            json.Leave();
        }
        json.End();
        if (!members.Contains("Statement")) throw json.Wrong("Statement is missing.");
        return new(text, version, id, isArray, [.. statements]);
    }

    private string ReadVersion()
    {
        json.Peek();
        var start = json.At;
        var version = json.ReadString();
        return version is PolicyDocument.Version2012 or PolicyDocument.Version2008 ? version : throw json.Wrong("No such version.", start);
    }

    private bool ReadStatements()
    {
        if (json.Peek() == '{')
        {
            ReadStatement(json.At + 1);
            return false;
        }
        json.Open('[');
        var start = json.At;
        while (json.NextElement(statements.Count == 0))
        {
            json.Enter(statements.Count);
            ReadStatement(start);
            start = json.At;
            json.Leave();
        }
        return statements.Count > 0 ? true : throw json.Wrong("At least one statement expected.", start);
    }

    private void ReadStatement(int start)
    {
        json.Peek();
        var open = json.At;
        var startPosition = json.Lines.At(start);
        string? sid = null;
        Effect? effect = null;
        PatternList? actions = null, resources = null;
        PrincipalList? principals = null;
        ImmutableArray<PolicyCondition> conditions = [];

        var members = new HashSet<string>(StringComparer.Ordinal);
        json.Open('{');
        while (json.NextMember(members, out var name))
        {
            json.Enter(name);
            switch (name)
            {
                case "Sid": sid = ReadSid(); break;
                case "Effect": effect = ReadEffect(); break;
                case "Principal" or "NotPrincipal": principals = Once(principals, ReadPrincipals(name == "NotPrincipal")); break;
                case "Action" or "NotAction": actions = Once(actions, ReadPatterns(name == "NotAction", CheckAction)); break;
                case "Resource" or "NotResource": resources = Once(resources, ReadPatterns(name == "NotResource", CheckResource, allowNull: true)); break;
                case "Condition": conditions = ReadConditions(); break;
                default: throw json.Wrong("No such member.");
            }
            json.Leave();
        }
        if (effect is null) throw json.Wrong("Effect is missing.", open);
        if (actions is null or { Patterns.IsEmpty: true })
            Report(PolicyStage.ActionsPresent, PolicyMessages.NoActions, "Action or NotAction must name at least one.", open);

        statements.Add(new()
        {
            Index = statements.Count,
            Sid = sid,
            Effect = effect.Value,
            Actions = actions ?? new(false, []),
            Resources = resources,
            Principals = principals,
            Conditions = conditions,
            Start = startPosition,
            End = json.Lines.At(json.At),
            Span = open..json.At,
        });
    }

    private T Once<T>(T? before, T now) where T : class => before is null ? now : throw json.Wrong("The element and its Not form exclude each other.");

    private string ReadSid()
    {
        json.Peek();
        var start = json.At;
        var sid = json.ReadString();
        if (sid.Length > 0 && !sids.Add(sid))
            Report(PolicyStage.SidUniqueness, PolicyMessages.RepeatedSid, $"'{sid}' occurs twice.", start);
        return sid;
    }

    private Effect ReadEffect()
    {
        json.Peek();
        var start = json.At;
        var effect = json.ReadString();
        if (effect is "Allow") return Effect.Allow;
        if (effect is "Deny") return Effect.Deny;

        if (!effect.Equals("Allow", StringComparison.OrdinalIgnoreCase) && !effect.Equals("Deny", StringComparison.OrdinalIgnoreCase)) throw json.Wrong("Allow or Deny expected.", start);
        Report(PolicyStage.LegacyParsing, PolicyMessages.Legacy, "Allow or Deny expected, in this case.", start);
        return Effect.Deny; // no document comes of it
    }

    private PatternList ReadPatterns(bool inverted, Action<string, int>? check = null, bool allowNull = false)
    {
        if (json.Peek() == '"') return new(inverted, [ReadPattern(check)]);
        json.Open('[');
        var patterns = ImmutableArray.CreateBuilder<string>();
        var nulls = 0;
        while (json.NextElement(patterns.Count + nulls == 0))
        {
            json.Enter(patterns.Count + nulls);
            if (allowNull && json.Peek() == 'n')
            {
                json.ReadWord("null");
                nulls++;
            }
            else patterns.Add(ReadPattern(check));
            json.Leave();
        }

        // Ignoring the nulls of a NotResource that has nothing else would make it mean every resource.
        if (inverted && nulls > 0 && patterns.Count == 0) throw json.Wrong("Only null.");
        return new(inverted, patterns.ToImmutable());
    }

    private string ReadPattern(Action<string, int>? check)
    {
        json.Peek();
        var start = json.At;
        var pattern = json.ReadString();
        if (writing) check?.Invoke(pattern, start);
        return pattern;
    }

    private void CheckAction(string pattern, int start)
    {
        if (ActionForm.Check(pattern) is { } message) Report(PolicyStage.ActionPrefix, message, $"'{pattern}' is no action.", start);
    }

    private void CheckResource(string pattern, int start)
    {
        if (ResourceForm.Check(pattern, partitions) is var (stage, message)) Report(stage, message, $"'{pattern}' is no resource.", start);
    }

    private void Report(PolicyStage stage, string message, string detail, int offset)
    {
        if (findings.Wants(stage)) findings.Add(stage, json.Error(message, detail, offset));
    }

    private PrincipalList ReadPrincipals(bool inverted)
    {
        if (json.Peek() == '"')
        {
            var start = json.At;
            return json.ReadString() == "*" ? new(inverted, [new(PrincipalKind.Everyone, "*")]) : throw json.Wrong("\"*\" or an object expected.", start);
        }
        var values = ImmutableArray.CreateBuilder<PrincipalValue>();
        var members = new HashSet<string>(StringComparer.Ordinal);
        json.Open('{');
        while (json.NextMember(members, out var name))
        {
            json.Enter(name);
            var kind = name switch
            {
                "AWS" => PrincipalKind.Aws,
                "Federated" => PrincipalKind.Federated,
                "Service" => PrincipalKind.Service,
                "CanonicalUser" => PrincipalKind.CanonicalUser,
                _ => throw json.Wrong("No such kind of principal."),
            };
            foreach (var value in ReadPatterns(inverted: false).Patterns) values.Add(new(kind, value));
            json.Leave();
        }
        return new(inverted, values.ToImmutable());
    }

    private ImmutableArray<PolicyCondition> ReadConditions()
    {
        var conditions = ImmutableArray.CreateBuilder<PolicyCondition>();
        var operators = new HashSet<string>(StringComparer.Ordinal);
        json.Open('{');
        while (json.NextMember(operators, out var name))
        {
            json.Enter(name);
            var known = ConditionOperator.TryParse(name, out var op);
            var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            json.Open('{');
            while (json.NextMember(keys, out var key))
            {
                if (!known) throw json.Wrong("No such condition operator.");
                json.Enter(key);
                conditions.Add(new(op, key, ReadConditionValues(op)));
                json.Leave();
            }
            json.Leave();
        }
        return conditions.ToImmutable();
    }

    private ImmutableArray<string> ReadConditionValues(ConditionOperator op)
    {
        if (json.Peek() != '[') return [ReadConditionValue(op)];
        json.Open('[');
        var values = ImmutableArray.CreateBuilder<string>();
        while (json.NextElement(values.Count == 0))
        {
            json.Enter(values.Count);
            values.Add(ReadConditionValue(op));
            json.Leave();
        }
        return values.ToImmutable();
    }

    private string ReadConditionValue(ConditionOperator op)
    {
        json.Peek();
        var start = json.At;
        var value = json.ReadScalar();
        if (writing && op.Test is >= ConditionTest.DateEquals and <= ConditionTest.DateGreaterThanEquals && !LegacyDate.IsReadable(value))
            Report(PolicyStage.LegacyParsing, PolicyMessages.Legacy, $"'{value}' is no date.", start);
        return value;
    }
}
