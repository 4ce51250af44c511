namespace IamEventSourced.Server.Tests;

/// <summary>Gives the ids that events hold; where they hold none, one that no event has, so that an answer with it equals none of a server's.</summary>
sealed class GivenIds(params RecordedEvent[] events) : IIdSource
{
    public string Next(string prefix) => events.SelectMany(recorded => recorded.Event.Entities()).FirstOrDefault(id => id.StartsWith(prefix, StringComparison.Ordinal)) ?? $"{prefix}AAAAAAAAAAAAAAAAA";
    public AccessKeyId NextAccessKeyId(AccountId account) => events.Select(recorded => recorded.Event).OfType<AccessKeyCreated>().FirstOrDefault()?.AccessKeyId ?? AccessKeyId.Of(account, 0);
    public Secret NextSecretAccessKey() => new("given-to-nobody");
    public Secret NextMFASeed() => new("given-to-nobody");
}
