using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace IamEventSourced;

/// <summary>
/// AWS's quotas under AWS's names, in AWS's numbers. They decide outcomes, so they are the account's own and change only by an event:
/// within a range, beyond which one principal's rights or one page of a list would take too long.
/// </summary>
public sealed record Quotas
{
    /// <summary>AWS's numbers.</summary>
    public static Quotas Default { get; } = new();

    /// <summary>Users in the account.</summary>
    [Range(1, 10_000_000)]
    public int UsersPerAccount { get; init; } = 5000;
    /// <summary>Groups in the account.</summary>
    [Range(1, 1_000_000)]
    public int GroupsPerAccount { get; init; } = 300;
    /// <summary>Groups that one user is in.</summary>
    [Range(1, 1000)]
    public int GroupsPerUser { get; init; } = 10;
    /// <summary>Managed policies of the account's own.</summary>
    [Range(1, 1_000_000)]
    public int PoliciesPerAccount { get; init; } = 1500;
    /// <summary>Versions kept of one managed policy.</summary>
    [Range(1, 1000)]
    public int VersionsPerPolicy { get; init; } = 5;
    /// <summary>Characters of a managed policy without white space (R105).</summary>
    [Range(1, 131_072)]
    public int PolicySize { get; init; } = 6144;
    /// <summary>Managed policies attached to one user.</summary>
    [Range(1, 1000)]
    public int AttachedPoliciesPerUser { get; init; } = 10;
    /// <summary>Managed policies attached to one group.</summary>
    [Range(1, 1000)]
    public int AttachedPoliciesPerGroup { get; init; } = 10;
    /// <summary>Characters of a user's inline policies together, without white space (R105).</summary>
    [Range(1, 131_072)]
    public int UserPolicySize { get; init; } = 2048;
    /// <summary>Characters of a group's inline policies together, without white space (R105).</summary>
    [Range(1, 131_072)]
    public int GroupPolicySize { get; init; } = 5120;
    /// <summary>Access keys of one user, and of root.</summary>
    [Range(1, 100)]
    public int AccessKeysPerUser { get; init; } = 2;
    /// <summary>MFA devices of one user, and of root.</summary>
    [Range(1, 100)]
    public int MFADevicesPerUser { get; init; } = 8;
    /// <summary>SSH public keys of one user.</summary>
    [Range(1, 100)]
    public int SSHPublicKeysPerUser { get; init; } = 5;

    /// <summary>Server certificates in the account.</summary>
    [Range(1, 1000)]
    public int ServerCertificatesPerAccount { get; init; } = 20;

    static readonly FrozenDictionary<string, PropertyInfo> ByName = typeof(Quotas).GetProperties().Where(property => property.IsDefined(typeof(RangeAttribute)))
        .ToFrozenDictionary(property => property.Name, StringComparer.Ordinal);

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<QuotaName> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal).Select(name => new QuotaName(name))];

    /// <summary>The most that a quota can be set to; the least is 1.</summary>
    public static int MostOf(QuotaName name) => (int)ByName[name.Value].GetCustomAttribute<RangeAttribute>()!.Maximum;

    /// <summary>The quota of this name.</summary>
    public int this[QuotaName name] => (int)ByName[name.Value].GetValue(this)!;

    /// <summary>With this quota at this value.</summary>
    public Quotas With(QuotaName name, int value)
    {
        var changed = this with { };
        ByName[name.Value].SetValue(changed, value);
        return changed;
    }
}

/// <summary>The name of a quota, as ListAccountQuotas lists it; AWS's errors say PoliciesPerUser and PoliciesPerGroup of the two AttachedPolicies….</summary>
public sealed record QuotaName(string Value) : Text<QuotaName>(Value), IText<QuotaName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = Of([.. typeof(Quotas).GetProperties().Where(property => property.IsDefined(typeof(RangeAttribute))).Select(property => property.Name)]);
    /// <inheritdoc/>
    public static implicit operator QuotaName(string text) => new(text);

    static TextLimits Of(string[] names) => new(names.Min(name => name.Length), names.Max(name => name.Length), string.Join('|', names));
}

/// <summary>What a quota can be set to at all, 1–10,000,000; most can be set to less.</summary>
public sealed record QuotaValue(int Value) : Number<QuotaValue>(Value), INumber<QuotaValue>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, 10_000_000);
    /// <inheritdoc/>
    public static implicit operator QuotaValue(int number) => new(number);
}
