namespace IamEventSourced.PolicyEngine;

/// <summary>How the request's value must stand to the policy's.</summary>
internal enum Ordering
{
    Equal, Less, LessOrEqual, Greater, GreaterOrEqual,
}

internal static class Comparing
{
    internal static Ordering OrderingOf(ConditionTest test) => test switch
    {
        ConditionTest.NumericLessThan or ConditionTest.DateLessThan => Ordering.Less,
        ConditionTest.NumericLessThanEquals or ConditionTest.DateLessThanEquals => Ordering.LessOrEqual,
        ConditionTest.NumericGreaterThan or ConditionTest.DateGreaterThan => Ordering.Greater,
        ConditionTest.NumericGreaterThanEquals or ConditionTest.DateGreaterThanEquals => Ordering.GreaterOrEqual,
        _ => Ordering.Equal,
    };

    internal static bool Fits(int comparison, Ordering ordering) => ordering switch
    {
        Ordering.Less => comparison < 0,
        Ordering.LessOrEqual => comparison <= 0,
        Ordering.Greater => comparison > 0,
        Ordering.GreaterOrEqual => comparison >= 0,
        _ => comparison == 0,
    };
}
