using System.Collections;
using System.Text;

namespace IamEventSourced.Tests;

/// <summary>
/// What each stored event does to a directory, written down in <c>Fold.txt</c>. Whoever changes it for an event that there was has to
/// raise <see cref="Directory.FoldVersion"/>: else directories that were stored go on as the old fold made them.
/// </summary>
public class FoldTests
{
    static readonly UserId User = "AIDABOB0000000000001";
    static readonly GroupId Group = "AGPAADMINS0000000001";
    static readonly PolicyId Policy = "ANPAREAD000000000001";
    static readonly AccessKeyId Key = "AKIAQNZGKIQY56JQ7WML";

    [Fact]
    public void Every_event_does_what_it_did_or_the_fold_has_another_version()
    {
        var text = new StringBuilder($"fold {Directory.FoldVersion}\n");
        foreach (var (name, @event) in StoredEventTests.Events.OrderBy(sample => sample.Key, StringComparer.Ordinal)) text.Append($"{name}\n{Change(@event)}");
        using var golden = new StreamReader(typeof(FoldTests).Assembly.GetManifestResourceStream("Fold.txt")!);
        var written = golden.ReadToEnd();
        if (text.ToString() != written) Assert.Fail($"A new event: add its lines to Fold.txt. A line that was there has changed: raise Directory.FoldVersion too. It has to be:\n{text}");
    }

    static Directory Before()
    {
        AccountEvent[] events =
        [
            new AccountCreated("Base"), new AccessKeyCreated(Key, null, Cast.Print), new UserCreated(User, "base", "/"), new GroupCreated(Group, "base", "/"), new PolicyCreated(Policy, "base", "/", null, "1"), new PolicyCreated("ANPAWRITE00000000001", "other", "/", null, "1"),
            new PolicyVersionCreated(Policy, "v2", "2"), new PolicyVersionCreated(Policy, "v3", "3"), new UserAddedToGroup(Group, User), new UserPolicyAttached(User, Policy), new GroupPolicyAttached(Group, Policy),
            new UserPolicyPut(User, "own", "4"), new GroupPolicyPut(Group, "own", "5"), new AccessKeyCreated(Key, User, Cast.Print),
        ];
        return events.Aggregate(new Directory(Cast.Account), (so, @event) => so.Apply(@event, Cast.Noon));
    }

    static string Change(AccountEvent @event)
    {
        string[] needed = @event switch
        {
            LoginProfileDeleted { UserId: null } or PasswordChanged { UserId: null } => ["login-profile-created.root"],
            LoginProfileDeleted or PasswordChanged or PasswordResetRequiredSet => ["login-profile-created"],
            AccountPasswordPolicyDeleted => ["account-password-policy-updated"],
            SSHPublicKeyStatusSet or SSHPublicKeyDeleted => ["ssh-public-key-uploaded"],
            ServerCertificateRenamed or ServerCertificateTagged or ServerCertificateUntagged or ServerCertificateDeleted => ["server-certificate-uploaded"],
            MFADeviceResynced { UserId: null } or MFADeviceDeactivated { UserId: null } => ["virtual-mfa-device-created", "mfa-device-enabled.root"],
            MFADeviceResynced or MFADeviceDeactivated => ["virtual-mfa-device-created", "mfa-device-enabled"],
            MFADeviceEnabled or MFADeviceTagged or MFADeviceUntagged or VirtualMFADeviceDeleted => ["virtual-mfa-device-created"],
            _ => [],
        };
        var directory = needed.Aggregate(Before(), (so, name) => so.Apply(StoredEventTests.Events[name], Cast.Noon));
        SortedSet<string> before = new(Facts("", directory), StringComparer.Ordinal), after = new(Facts("", directory.Apply(@event, Cast.One)), StringComparer.Ordinal);
        return string.Concat([.. before.Except(after).Select(fact => $"  - {fact}\n"), .. after.Except(before).Where(fact => !fact.StartsWith(".Revision", StringComparison.Ordinal) && !fact.StartsWith(".At ", StringComparison.Ordinal)).Select(fact => $"  + {fact}\n")]);
    }

    /// <summary>Each fact on a line, with where it stands; what is not there is on none.</summary>
    static IEnumerable<string> Facts(string path, object? value) => value switch
    {
        null => [],
        Catalogue catalogue => [$"{path} {catalogue.Digest}"],
        IEnumerable<Adoption> adoptions => adoptions.SelectMany((adoption, i) => Facts($"{path}[{i}]", adoption)),
        Stamp stamp => [$"{path} since {stamp.Revision}"],
        DateTimeOffset time => [$"{path} {Json.Write(time)}"],
        string or bool or int or long or Enum => [$"{path} {value}"],
        _ when value.GetType().BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>) => [$"{path} {System.Text.Json.JsonSerializer.Serialize(value.ToString())}"],
        _ when value.GetType() is { IsGenericType: true } register && register.GetGenericTypeDefinition() == typeof(Register<,,>) => ((IEnumerable)register.GetMethod("After")!.Invoke(value, [null])!).Cast<dynamic>().SelectMany(thing => (IEnumerable<string>)Facts($"{path}[{thing.Id}]", thing)),
        IEnumerable entries => entries.Cast<dynamic>().SelectMany(entry => (IEnumerable<string>)Facts($"{path}[{entry.Key}]", entry.Value)),
        _ => value.GetType().GetProperties().Where(property => property.SetMethod is { IsPublic: true }).SelectMany(property => Facts($"{path}.{property.Name}", property.GetValue(value))),
    };
}
