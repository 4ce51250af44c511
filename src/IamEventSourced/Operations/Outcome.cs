namespace IamEventSourced;

/// <summary>What a command comes to: the events it yields (none when all is so already), or the refusal; and the secrets it made.</summary>
public sealed record Outcome
{
    Outcome(IReadOnlyList<AccountEvent> events, IamError? refusal) => (Events, Refusal) = (events, refusal);

    /// <summary>What happens, in order; empty for a refusal and where nothing changes.</summary>
    public IReadOnlyList<AccountEvent> Events { get; }
    /// <summary>Why nothing happens, or null.</summary>
    public IamError? Refusal { get; }
    /// <summary>Secrets to keep with the events and to show in the answer, once.</summary>
    public IReadOnlyList<NewSecret> Secrets { get; private init; } = [];

    /// <summary>The account already is as the command wants it.</summary>
    public static Outcome Unchanged { get; } = new([], null);

    /// <summary>The same with a secret to keep.</summary>
    public Outcome With(NewSecret secret) => this with { Secrets = [.. Secrets, secret] };

    /// <summary>One event.</summary>
    public static implicit operator Outcome(AccountEvent @event) => new([@event], null);
    /// <summary>Several events, in order.</summary>
    public static implicit operator Outcome(AccountEvent[] events) => new(events, null);
    /// <summary>A refusal.</summary>
    public static implicit operator Outcome(IamError refusal) => new([], refusal);
}

/// <summary>What a query comes to: its value, or the refusal.</summary>
public readonly record struct Answer<T>(T? Value, IamError? Refusal)
{
    /// <summary>A value.</summary>
    public static implicit operator Answer<T>(T value) => new(value, null);
    /// <summary>A refusal.</summary>
    public static implicit operator Answer<T>(IamError refusal) => new(default, refusal);
}
