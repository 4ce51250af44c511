using System.Globalization;

namespace IamEventSourced;

/// <summary>Gives ids that stand for those that would be given, and are nobody's, in order; and secrets that are none.</summary>
/// <param name="directory">The directory that the commands begin with.</param>
public sealed class SimulatedIds(Directory directory) : IIdSource
{
    int _given;
    ulong _keys = ulong.MaxValue;

    // AWS's ids have neither 0 nor 1, so none is like these.
    /// <inheritdoc/>
    public string Next(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}SIMULATED{++_given:D8}");

    /// <inheritdoc/>
    public AccessKeyId NextAccessKeyId(AccountId account)
    {
        for (; ; )
            if (AccessKeyId.Of(account, _keys--) is var id && !directory.KeyOwners.Contains(id) && !directory.RootKeys.Contains(id)) return id;
    }

    /// <inheritdoc/>
    public Secret NextSecretAccessKey() => new("simulated");

    /// <inheritdoc/>
    public Secret NextMFASeed() => new("simulated");
}
