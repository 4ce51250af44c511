using System.Text.Json;

namespace IamEventSourced;

/// <summary>What is stored at one revision, as a ledger's leaf covers it: where nobody altered it, an event. What was altered may be anything, and is told as it is.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Revision">Where it stands.</param>
/// <param name="Type">The event's name.</param>
/// <param name="At">When.</param>
/// <param name="Arn">The ARN of who did it, at that time.</param>
/// <param name="Correlation">The correlation id.</param>
/// <param name="Causation">The causation id.</param>
/// <param name="Data">The event.</param>
public sealed record StoredEvent(AccountId Account, long Revision, string Type, DateTimeOffset At, string? Arn, string? Correlation, string? Causation, JsonElement Data)
{
    /// <summary>The metadata's version.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>The unique id of who did it.</summary>
    public JsonElement? Principal { get; init; }

    /// <summary>The access key that it was done with.</summary>
    public JsonElement? Key { get; init; }

    /// <summary>The command's id.</summary>
    public JsonElement? Command { get; init; }

    /// <summary>The event's place among those of its command.</summary>
    public JsonElement? Index { get; init; }

    /// <summary>The digest of the catalogue that it names; null: it names none.</summary>
    public CatalogueDigest? Catalogue => AccountEvent.Kinds.GetValueOrDefault(Type) == typeof(CatalogueAdopted) && Data.ValueKind is JsonValueKind.Object
        && Data.TryGetProperty(nameof(CatalogueAdopted.Digest), out var digest) && digest.ValueKind is JsonValueKind.String && digest.GetString() is { } text && CatalogueDigest.Limits.Violation(text) is null ? new(text) : null;

    /// <summary>What is stored of an event.</summary>
    public static StoredEvent Of(RecordedEvent recorded) => new(recorded.Account, recorded.Revision, recorded.Type, recorded.At, recorded.By.Arn.Value, recorded.Correlation, recorded.Causation, JsonElement.Parse(recorded.Data))
    {
        Schema = Json(recorded.Schema), Principal = Json(recorded.By.PrincipalId), Key = Json(recorded.By.AccessKeyId.Value), Command = Json(recorded.Command.Value), Index = Json(recorded.Index),
    };

    static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);
}
