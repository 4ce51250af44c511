namespace IamEventSourced.Tests;

/// <summary>A history that a test writes, with the directory of every revision.</summary>
sealed class FoldedHistory
{
    readonly List<Directory> _directories = [new(Cast.Account)];
    readonly List<RecordedEvent> _events = [];

    /// <summary>The history until a revision.</summary>
    public RecordedHistory Until(long revision) => new(Cast.Account, _events[..(int)revision]);

    /// <summary>The whole of it.</summary>
    public RecordedHistory Recorded => Until(_events.Count);

    /// <summary>The newest directory.</summary>
    public Directory Newest => _directories[^1];

    /// <summary>The directory of a revision.</summary>
    public Directory At(long revision) => _directories[(int)revision];

    /// <summary>One more event, by root, a minute after the one before.</summary>
    public FoldedHistory With(params IEnumerable<AccountEvent> events)
    {
        foreach (var happened in events)
        {
            var at = Cast.Noon.AddMinutes(_events.Count);
            _directories.Add(Newest.Apply(happened, at));
            _events.Add(new(Cast.Account, Newest.Revision, happened, at, new(Cast.Account.Value, Cast.RootKey, Arn.Of(Cast.Account, "root")), $"c-{Newest.Revision}", 0, "c", null));
        }
        return this;
    }

    /// <summary>What a command comes to, by root; a refusal changes nothing.</summary>
    public Outcome Decide(ICommand command, IIdSource ids)
    {
        var call = new Call(Cast.AsRoot, "c", Cast.Noon.AddMinutes(_events.Count), ids);
        var outcome = command.Decide(Newest, call.Prepared(command, Newest));
        With(outcome.Events);
        return outcome;
    }
}
