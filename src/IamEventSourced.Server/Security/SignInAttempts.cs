using System.Net;
using System.Net.Sockets;

namespace IamEventSourced.Server;

/// <summary>
/// How often somebody may try to sign in. Whoever is not known by its device is counted twice: for the user from its address, and for its address
/// alone; a device from which the user has signed in before is counted by itself, so that nobody else's failures reach it. After some failures an attempt has to
/// wait, twice as long each time. Held in this node's memory, bounded; nothing is written for a guess.
/// </summary>
sealed class SignInAttempts(TimeProvider time)
{
    /// <summary>How many may fail before the first wait: of a user from one address or device, and of all users from one address.</summary>
    internal const int FreeOfUser = 5, FreeOfAddress = 50;
    /// <summary>The longest wait.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    /// <summary>After so long, twice at most, without another failure those before are forgotten.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);
    /// <summary>When there are more the older half is forgotten.</summary>
    const int Most = 100_000;

    /// <summary>Who tries: what the counts are kept by, and how many may fail of each.</summary>
    internal sealed record Source(params (string Key, int Free)[] Counted)
    {
        /// <summary>Somebody at an address, of an account by its id, its alias or the fingerprint of its e-mail address.</summary>
        public static Source Stranger(string account, UserName? user, IPAddress? address)
        {
            var from = PlaceOf(address);
            return new(($"user {account}/{user?.Value.ToUpperInvariant()} {from}", FreeOfUser), ($"address {from}", FreeOfAddress));
        }

        /// <summary>A device from which the user has signed in before.</summary>
        public static Source Device(string device) => new(($"device {device}", FreeOfUser));

        // Who has one address of IPv6 has a whole network of them.
        static string PlaceOf(IPAddress? address) => address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) : address?.ToString() ?? "";
    }

    readonly record struct Count(int Failures, DateTimeOffset Last);

    readonly Lock _lock = new();
    Dictionary<string, Count> _recent = new(StringComparer.Ordinal), _earlier = new(StringComparer.Ordinal);
    DateTimeOffset _since = time.GetUtcNow();

    /// <summary>Whether an attempt may be made now. It counts as failed from then on, so that many at a time are as many; until it is said to have succeeded.</summary>
    public bool TryBegin(Source source)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _since >= Memory || _recent.Count >= Most / 2) (_earlier, _recent, _since) = (now - _since >= 2 * Memory ? [] : _recent, new(StringComparer.Ordinal), now);
            foreach (var (key, free) in source.Counted)
                if (Of(key) is var (failures, last) && failures >= free && now < last + WaitAfter(failures - free)) return false;
            foreach (var (key, _) in source.Counted) _recent[key] = new(Of(key).Failures + 1, now);
            return true;
        }
    }

    /// <summary>The attempt was right: the user's failures from there are forgotten, those of the address without it stay.</summary>
    public void Succeeded(Source source)
    {
        lock (_lock)
            foreach (var (key, free) in source.Counted)
                if (Of(key) is var (failures, last)) _recent[key] = new(free is FreeOfUser ? 0 : failures - 1, last);
    }

    /// <summary>An attempt that was not looked at is none.</summary>
    public void Withdrawn(Source source)
    {
        lock (_lock)
            foreach (var (key, _) in source.Counted)
                if (Of(key) is var (failures, last)) _recent[key] = new(Math.Max(0, failures - 1), last);
    }

    /// <summary>How many counts are held.</summary>
    internal int Held { get { lock (_lock) return _recent.Count + _earlier.Count; } }

    Count Of(string key) => _recent.TryGetValue(key, out var count) || _earlier.TryGetValue(key, out count) ? count : default;

    static TimeSpan WaitAfter(int failures) => failures >= 10 ? Longest : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, 1 << failures));
}
