namespace IamEventSourced.PolicyEngine;

/// <summary>The statements found under one action or service, by effect.</summary>
internal readonly struct StatementBucket(List<GrantedStatement> statements)
{
    private readonly GrantedStatement[] denies = [.. statements.Where(entry => entry.Statement.Source.Effect == Effect.Deny)];
    private readonly GrantedStatement[] allows = [.. statements.Where(entry => entry.Statement.Source.Effect == Effect.Allow)];

    internal bool IsNone => denies is null;

    internal ReadOnlySpan<GrantedStatement> Of(Effect effect) => effect == Effect.Deny ? denies : allows;
}

/// <summary>Where the statements that may match an action stand in one set of policies: looked up once a request.</summary>
/// <param name="Exact">Those that name the action.</param>
/// <param name="Service">Those with a pattern for names of its service.</param>
internal readonly record struct Candidates(StatementBucket Exact, StatementBucket Service)
{
    internal bool IsNone => Exact.IsNone && Service.IsNone;
}

/// <summary>Sees the statements that match. Decide and Explain differ in nothing but this.</summary>
internal interface IStatementVisitor
{
    /// <summary>False when it has seen enough.</summary>
    bool Visit(in GrantedStatement statement);
}
