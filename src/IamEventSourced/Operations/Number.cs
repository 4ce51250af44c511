using System.Globalization;

namespace IamEventSourced;

/// <summary>A whole number with limits: what a parameter of this type accepts, said once.</summary>
public interface INumber<TSelf> where TSelf : INumber<TSelf>
{
    /// <summary>The least and the greatest value.</summary>
    static abstract (int Min, int Max) Limits { get; }

    /// <exception cref="FormatException">The number is outside the limits.</exception>
    static abstract implicit operator TSelf(int number);
}

/// <summary>A whole number that cannot exist outside its limits.</summary>
public abstract record Number<TSelf> where TSelf : Number<TSelf>, INumber<TSelf>
{
    /// <exception cref="FormatException">The number is outside the type's limits.</exception>
    protected Number(int value)
    {
        var (min, max) = TSelf.Limits;
        Value = value < min ? throw new FormatException($"Member must have value greater than or equal to {min}")
            : value > max ? throw new FormatException($"Member must have value less than or equal to {max}") : value;
    }

    /// <summary>The number.</summary>
    public int Value { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
