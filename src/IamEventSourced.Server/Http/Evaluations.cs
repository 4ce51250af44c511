using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>What an AuthZEN request asks, in our words.</summary>
/// <param name="Questions">At least one.</param>
/// <param name="Stop">The first decision of this kind ends the answer; null: all are told.</param>
/// <param name="Many">Whether the answer is a list.</param>
sealed record Evaluations(AuthorizationRequest[] Questions, bool? Stop, bool Many)
{
    /// <summary>Reads a body; all that is wrong with it is said at once. Members that the standard does not know are passed over, as it wants.</summary>
    /// <param name="body">The body.</param>
    /// <param name="many">Whether a list of evaluations may be in it; without one it is read as a single evaluation.</param>
    public static Answer<Evaluations> Read(JsonElement body, bool many)
    {
        if (body.ValueKind is not JsonValueKind.Object) return IamError.ValidationError(["The body must be a JSON object"]);
        var reader = new Reader(body);
        var asked = many ? reader.Many() : new([reader.Question(body, "")], null, Many: false);
        return reader.Problems.Count > 0 ? IamError.ValidationError([.. reader.Problems.Distinct()]) : asked;
    }

    sealed class Reader(JsonElement body)
    {
        // Stands for what could not be read; what went wrong is among the problems then.
        static readonly AuthorizationRequest None = new("none:none");

        public List<string> Problems { get; } = [];

        public Evaluations Many()
        {
            var stop = Semantic() switch { "deny_on_first_deny" => false, "permit_on_first_permit" => true, _ => (bool?)null };
            if (Member(body, "evaluations") is not { } list || list is { ValueKind: JsonValueKind.Array } && list.GetArrayLength() is 0) return new([Question(body, "")], null, Many: false);
            if (list.ValueKind is not JsonValueKind.Array) Wrong("evaluations", "Member must be a list");
            else if (list.GetArrayLength() > AuthorizeBatch.Most) Wrong("evaluations", $"Member must have length less than or equal to {AuthorizeBatch.Most}");
            else return new([.. list.EnumerateArray().Select((one, i) => Question(one, $"evaluations[{i}]"))], stop, Many: true);
            return new([], null, Many: true);
        }

        string? Semantic()
        {
            const string name = "options.evaluations_semantic";
            if (Member(body, "options") is not { } options) return null;
            if (options.ValueKind is not JsonValueKind.Object) Wrong("options", "Member must be an object");
            else if (Member(options, "evaluations_semantic") is { } given)
            {
                if (given.ValueKind is JsonValueKind.String && given.GetString() is "execute_all" or "deny_on_first_deny" or "permit_on_first_permit") return given.GetString();
                Wrong(name, "Member must be one of execute_all, deny_on_first_deny, permit_on_first_permit");
            }
            return null;
        }

        /// <summary>One question; what it does not say itself, the top level says.</summary>
        public AuthorizationRequest Question(JsonElement one, string at)
        {
            if (one.ValueKind is not JsonValueKind.Object)
            {
                Wrong(at, "Member must be an object");
                return None;
            }
            var (subject, action, resource, context) = (Entity("subject"), Entity("action"), Entity("resource"), Entity("context", required: false));
            var (principal, name, target) = (Text<Arn>(subject, "id"), Text<ActionName>(action, "name"), Text<ResourceName>(resource, "id"));
            // An id is one of its type: an ARN says its own.
            if (Word(subject, "type") is { } type && principal?.Value.Split(':', 6) is [_, _, _, _, _, var own] && own.Split('/')[0] != type)
                Wrong($"{subject!.Value.At}.type", $"Member must be the type that the id says, {own.Split('/')[0]}");
            Word(resource, "type");

            List<ContextEntry> entries = [];
            foreach (var entity in (ReadOnlySpan<(JsonElement Value, string At)?>)[subject, action, resource])
                if (entity is var (value, place) && Member(value, "properties") is { } properties) Add(entries, properties, $"{place}.properties");
            if (context is var (keys, there)) Add(entries, keys, there);
            return principal is null || name is null || target is null ? None : new(name, target, principal, entries.Count is 0 ? null : [.. entries]);

            (JsonElement Value, string At)? Entity(string member, bool required = true)
            {
                var (value, place) = Member(one, member) is { } own ? (own, at.Length is 0 ? member : $"{at}.{member}") : (Member(body, member), member);
                if (value is { ValueKind: JsonValueKind.Object }) return (value.Value, place);
                if (value is not null) Wrong(place, "Member must be an object");
                else if (required) Wrong(at.Length is 0 ? member : $"{at}.{member}", "Member must not be null");
                return null;
            }
        }

        /// <summary>What of an object are condition keys; no policy can ask for the rest.</summary>
        void Add(List<ContextEntry> entries, JsonElement of, string at)
        {
            if (of.ValueKind is not JsonValueKind.Object)
            {
                Wrong(at, "Member must be an object");
                return;
            }
            foreach (var (name, value) in of.EnumerateObject().Select(member => (member.Name, member.Value)))
            {
                if (value.ValueKind is JsonValueKind.Null || ContextKeyName.Limits.Violation(name) is not null) continue;
                if (value.ValueKind is JsonValueKind.Array && value.EnumerateArray().Select(Simple).ToList() is var list && !list.Contains(null)) entries.Add(new(name, [.. list.OfType<string>()], "stringList"));
                else if (Simple(value) is { } single) entries.Add(new(name, [single]));
                else Wrong($"{at}.{name}", "Member must be a string, a number, true, false, or a list of such");
            }
        }

        static string? Simple(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };

        T? Text<T>((JsonElement Value, string At)? entity, string name) where T : Text<T>, IText<T>
        {
            if (Word(entity, name) is not { } text) return null;
            if (T.Limits.Violation(text) is not { } violation) return text;
            Wrong($"{entity!.Value.At}.{name}", violation);
            return null;
        }

        string? Word((JsonElement Value, string At)? entity, string name)
        {
            if (entity is not var (of, at)) return null;
            if (Member(of, name) is { ValueKind: JsonValueKind.String } text) return text.GetString();
            Wrong($"{at}.{name}", Member(of, name) is null ? "Member must not be null" : "Member must be a string");
            return null;
        }

        static JsonElement? Member(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

        void Wrong(string place, string constraint) => Problems.Add($"Value at '{place}' failed to satisfy constraint: {constraint}");
    }
}
