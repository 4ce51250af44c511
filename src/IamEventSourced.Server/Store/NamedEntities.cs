using System.Collections;
using System.Reflection;

namespace IamEventSourced.Server;

/// <summary>The names and unique ids that an operation's parameters hold, also within lists and records.</summary>
sealed class NamedEntities
{
    public HashSet<string> Users { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Groups { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Policies { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<PolicyId> AwsPolicies { get; } = [];
    public HashSet<string> Certificates { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Devices { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Fingerprints { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

    public static NamedEntities In(IOperation operation, AccountId account)
    {
        var named = new NamedEntities();
        named.Add(operation, account);
        return named;
    }

    public static NamedEntities Of(EntityReference entity, AccountId account)
    {
        var named = new NamedEntities();
        named.Add(entity, account);
        return named;
    }

    void Add(object? value, AccountId account)
    {
        switch (value)
        {
            case UserName name: Users.Add(name.Value); break;
            case GroupName name: Groups.Add(name.Value); break;
            case ServerCertificateName name: Certificates.Add(name.Value); break;
            case AccessKeyId key: Keys.Add(key.Value); break;
            case SerialNumber serial when Arn.Limits.Violation(serial.Value) is null: Add(new Arn(serial.Value), account); break;
            case SSHKeyFingerprint fingerprint: Fingerprints.Add(fingerprint.Value); break;
            case SSHPublicKeyBody body when SSHKey.Read(body).Value is { } key: Fingerprints.Add(key.Fingerprint.Value); break;
            case Arn arn:
                if (Last(arn.PathAndName(account, "user")) is { } user) Users.Add(user);
                if (Last(arn.PathAndName(account, "group")) is { } group) Groups.Add(group);
                if (Last(arn.PathAndName(account, "policy")) is { } policy) Policies.Add(policy);
                if (Last(arn.PathAndName(account, "server-certificate")) is { } certificate) Certificates.Add(certificate);
                if (Last(arn.PathAndName(account, "mfa")) is { } device) Devices.Add(device);
                if (arn.IsOfAwsPolicy) AwsPolicies.Add(Catalogue.IdOf(arn));
                break;
            case EntityReference { IsArn: false } reference: Ids.Add(reference.Value); break;
            case EntityReference reference when Arn.Limits.Violation(reference.Value) is null: Add(new Arn(reference.Value), account); break;
            case ResourceName resource when Arn.Limits.Violation(resource.Value) is null: Add(new Arn(resource.Value), account); break;
            case null or string: break;
            case IEnumerable many: foreach (var one in many) Add(one, account); break;
            case IOperation or AuthorizationRequest:
                // A simulation looks at no resource.
                foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length is 0 && !(value is IPolicySimulation && property.Name is nameof(IPolicySimulation.ResourceArns))))
                    Add(property.GetValue(value), account);
                break;
        }
    }

    static string? Last(string? pathAndName) => pathAndName?[(pathAndName.LastIndexOf('/') + 1)..];
}
