namespace IamEventSourced.PolicyEngine;

/// <summary>The statements found under one action or service, by effect. Filled, then sealed, then only read.</summary>
internal sealed class StatementBucket
{
    private GrantedStatement[] denies = [];
    private GrantedStatement[] allows = [];
    private List<GrantedStatement>? filling = [];

    internal void Add(in GrantedStatement statement) => filling!.Add(statement);

    internal void Seal()
    {
        denies = [.. filling!.Where(entry => entry.Statement.Source.Effect == Effect.Deny)];
        allows = [.. filling!.Where(entry => entry.Statement.Source.Effect == Effect.Allow)];
        filling = null;
    }

    internal ReadOnlySpan<GrantedStatement> Of(Effect effect) => effect == Effect.Deny ? denies : allows;
}

/// <summary>A statement with the policy it comes from.</summary>
/// <param name="Grant">The policy.</param>
/// <param name="Statement">The statement.</param>
/// <param name="Name">The pattern the action's name must match; null when the whole action was looked up.</param>
internal readonly record struct GrantedStatement(PolicyGrant Grant, CompiledStatement Statement, Glob? Name);

/// <summary>Sees the statements that match. Decide and Explain differ in nothing but this.</summary>
internal interface IStatementVisitor
{
    /// <summary>False when it has seen enough.</summary>
    bool Visit(in GrantedStatement statement);
}
