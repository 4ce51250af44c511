using System.Collections;
using System.Reflection;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace IamEventSourced.Tests;

/// <summary>What holds after whatever was commanded.</summary>
public class HistoryProperties : Specification
{
    /// <summary>One command of a random history, by root, by the operator or by some user that has a key.</summary>
    public sealed record Step(ICommand Command, int By);

    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void The_stored_events_replayed_make_the_same_directory(Step[] steps)
    {
        var (directory, events) = Run(steps);
        var replayed = events.Select(stored => (AccountEvent)JsonSerializer.Deserialize(stored.Data, AccountEvent.Kinds[stored.Name], Json.Options)!)
            .Aggregate(new Directory(Cast.Account), (to, @event) => to.Apply(@event, at: Cast.Noon.AddSeconds(to.Revision)));
        Picture.Of(replayed).ShouldBe(Picture.Of(directory));
    }

    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void A_command_repeated_at_once_changes_nothing(Step[] steps)
    {
        var directory = Directory;
        foreach (var step in steps)
        {
            var call = CallBy(step, directory);
            directory = Applied(directory, directory.Decide(step.Command, call.Prepared(step.Command, directory)));
            if (step.Command is CreateAccessKey or CreatePolicyVersion or UpdateLoginProfile { Password: not null } or ChangePassword or RecoverRoot or PutPrimaryEmail) continue; // each makes one more, as in AWS
            directory.Decide(step.Command, call.Prepared(step.Command, directory)).Events.ShouldBeEmpty(step.ToString());
        }
    }

    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void Both_ends_of_a_link_know_of_it(Step[] steps)
    {
        var (directory, _) = Run(steps);
        var (users, groups, policies) = (directory.Users.After(null).ToList(), directory.Groups.After(null).ToList(), directory.Policies.After(null).Concat(directory.PoliciesOfAws()).ToList());
        Links(users, user => user.Groups.Select(link => (user.Id.Value, link.Key.Value, link.Value))).ShouldBe(Links(groups, group => group.Members.Select(link => (link.Key.Value, group.Id.Value, link.Value))));
        Links(users, user => user.Attached.Select(link => (user.Id.Value, link.Key.Value, link.Value))).ShouldBe(Links(policies, policy => policy.Users.Select(link => (link.Key.Value, policy.Id.Value, link.Value))));
        Links(users, user => user.Boundary is var (policy, since) ? [(user.Id.Value, policy.Value, since)] : []).ShouldBe(Links(policies, policy => policy.Bounds.Select(link => (link.Key.Value, policy.Id.Value, link.Value))));
        Links(groups, group => group.Attached.Select(link => (group.Id.Value, link.Key.Value, link.Value))).ShouldBe(Links(policies, policy => policy.Groups.Select(link => (link.Key.Value, policy.Id.Value, link.Value))));
        directory.PoliciesInUse.ShouldBe(policies.Count(policy => policy.Users.Count + policy.Groups.Count > 0));
        users.SelectMany(user => user.AccessKeys.Select(key => (key.Key.Value, user.Id.Value))).Order().ShouldBe(directory.KeyOwners.Select(key => (key.Key.Value, key.Value.Value)).Order());
        users.SelectMany(user => user.SSHPublicKeys.Select(key => (SSHKey.Of(key.Value.Body).Fingerprint.Value, user.Id.Value))).Order().ShouldBe(directory.SSHKeyOwners.Select(key => (key.Key.Value, key.Value.Value)).Order());
    }

    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void Names_are_unique_without_case_and_in_order(Step[] steps)
    {
        var (directory, _) = Run(steps);
        foreach (var names in (string[][])[[.. directory.Users.After(null).Select(user => user.Name.Value)], [.. directory.Groups.After(null).Select(group => group.Name.Value)], [.. directory.Policies.After(null).Select(policy => policy.Name.Value)]])
            names.Select(name => name.ToUpperInvariant()).ShouldBe(names.Select(name => name.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        (directory.Users.After(null).Count(), directory.Groups.After(null).Count(), directory.Policies.After(null).Count()).ShouldBe((directory.Users.Count, directory.Groups.Count, directory.Policies.Count));
    }

    [Property(Arbitrary = [typeof(AnyStep)], MaxTest = 200)]
    public void An_id_is_given_once(Step[] steps)
    {
        var (_, events) = Run(steps);
        events.Where(stored => stored.Name is "user-created" or "group-created" or "policy-created" or "access-key-created" or "ssh-public-key-uploaded" or "server-certificate-uploaded" or "login-profile-created" or "password-changed" or "virtual-mfa-device-created").Select(stored => stored.Id).ShouldBeUnique();
    }

    [Fact]
    public void Random_commands_reach_every_kind_of_event()
    {
        var steps = AnyStep.Step().Generator.ArrayOf(400);
        var seen = steps.Sample(250, new Rnd(2026), 10).SelectMany(history => Run(history).Events).Select(stored => stored.Name).ToHashSet();
        AccountEvent.Kinds.Keys.Except(seen).ShouldBeEmpty();
    }

    (Directory Directory, List<(string Name, string Data, string Id)> Events) Run(Step[] steps)
    {
        IdsFromTheFirst();
        List<(string, string, string)> events = [Stored(Cast.Founded), Stored(Cast.RootKeyCreated), Stored(CatalogueAdopted.Of(Catalogue.BuiltIn))];
        var directory = new Directory(Cast.Account).Apply(Cast.Founded, Cast.Noon).Apply(Cast.RootKeyCreated, Cast.Noon.AddSeconds(1)).Apply(CatalogueAdopted.Of(Catalogue.BuiltIn), Cast.Noon.AddSeconds(2));
        foreach (var step in steps)
        {
            var outcome = directory.Decide(step.Command, CallBy(step, directory).Prepared(step.Command, directory));
            events.AddRange(outcome.Events.Select(Stored));
            directory = Applied(directory, outcome);
        }
        return (directory, events);
    }

    static (string Name, string Data, string Id) Stored(AccountEvent @event) =>
        (@event.StoredName(), JsonSerializer.Serialize(@event, @event.GetType(), Json.Options), @event.Entities().FirstOrDefault() ?? "");

    static Directory Applied(Directory directory, Outcome outcome) =>
        outcome.Events.Aggregate(directory, (to, @event) => to.Apply(@event, Cast.Noon.AddSeconds(to.Revision)));

    Call CallBy(Step step, Directory directory)
    {
        var keys = directory.KeyOwners.OrderBy(key => key.Key.Value, StringComparer.Ordinal).ToList();
        var root = directory.RootKeys.Select(key => key.Key.Value).Order(StringComparer.Ordinal).FirstOrDefault() ?? Cast.RootKey.Value;
        var call = CallOf(step.By is 9 ? Cast.AsOperator : step.By > 2 || keys.Count is 0 ? new RootCaller(Cast.Account, root) : new UserCaller(Cast.Account, keys[step.By % keys.Count].Key, keys[step.By % keys.Count].Value));
        // As if one of the codes said by how much the clock is off, and one of them was wrong.
        return step.Command is IMFACodesCommand codes && directory.FindMFADevice(codes.SerialNumber) is { } device
            ? call with { Codes = new(device.Id, codes.AuthenticationCode1.Reveal() is "000009" ? null : codes.AuthenticationCode1.Reveal()[^1] - '0') } : call;
    }

    static List<(string, string, Stamp)> Links<T>(List<T> from, Func<T, IEnumerable<(string, string, Stamp)>> links) => [.. from.SelectMany(links).OrderBy(link => (link.Item1, link.Item2))];
}

/// <summary>Any command on few things, so that they meet.</summary>
public static class AnyStep
{
    const string Policies = "arn:aws:iam::111122223333:policy";

    static readonly Dictionary<Type, object[]> Values = new()
    {
        [typeof(UserName)] = [.. new[] { "alice", "ALICE", "bob", "Carol" }.Select(name => new UserName(name))],
        [typeof(GroupName)] = [.. new[] { "admins", "Admins", "devs" }.Select(name => new GroupName(name))],
        [typeof(PolicyName)] = [.. new[] { "read", "READ", "write" }.Select(name => new PolicyName(name))],
        [typeof(IamPath)] = [.. new[] { "/", "/team/" }.Select(path => new IamPath(path))],
        [typeof(PolicyPath)] = [.. new[] { "/", "/std/" }.Select(path => new PolicyPath(path))],
        [typeof(PolicyDescription)] = [new PolicyDescription(""), new PolicyDescription("Reads.")],
        [typeof(PolicyText)] = [.. new[] { Cast.Everything, Cast.Everything + "\r\n", Cast.Reading, Cast.NoPolicy, Cast.PolicyOf(1500), Cast.PolicyOf(7000) }.Select(text => new PolicyText(text))],
        [typeof(Arn)] = [.. new[] { "/read", "/std/read", "/READ", "/write", "/std/write" }.Select(policy => new Arn(Policies + policy)), new Arn("arn:aws:iam::aws:policy/ReadOnlyAccess"), new Arn("arn:aws:iam::aws:policy/std/Mine")],
        [typeof(VersionId)] = [.. new[] { "v1", "v2", "v3" }.Select(version => new VersionId(version))],
        [typeof(AccessKeyId)] = [.. Enumerable.Range(1, 40).Select(number => AccessKeyId.Of(Cast.Account, (ulong)number)), Cast.RootKey],
        [typeof(StatusType)] = [new StatusType("Active"), new StatusType("Inactive")],
        [typeof(SSHPublicKeyId)] = [.. Enumerable.Range(1, 80).Select(number => new SSHPublicKeyId($"APKA{number:D17}"))],
        [typeof(SSHPublicKeyBody)] = [new SSHPublicKeyBody(Cast.EdKey), new SSHPublicKeyBody($"{Cast.EdKey} alice@laptop"), new SSHPublicKeyBody("no key"), .. SSHKeyTests.Bodies.Select(body => new SSHPublicKeyBody(body))],
        [typeof(ServerCertificateName)] = [.. new[] { "www", "WWW", "mail" }.Select(name => new ServerCertificateName(name))],
        [typeof(CertificateBody)] = [new CertificateBody(ServerCertificateTests.Pem("leaf")), new CertificateBody(ServerCertificateTests.Pem("leaf")), new CertificateBody(ServerCertificateTests.Pem("expired"))],
        [typeof(CertificateChain)] = [new CertificateChain(ServerCertificateTests.Pem("mid")), new CertificateChain(ServerCertificateTests.Pem("root"))],
        [typeof(PrivateKey)] = [new PrivateKey(ServerCertificateTests.Pem("leaf-key")), new PrivateKey(ServerCertificateTests.Pem("leaf-key")), new PrivateKey(ServerCertificateTests.Pem("rsa-key"))],
        [typeof(VirtualMFADeviceName)] = [new VirtualMFADeviceName("phone"), new VirtualMFADeviceName("Key")],
        [typeof(SerialNumber)] = [.. new[] { "/phone", "/team/phone", "/Key" }.Select(name => new SerialNumber("arn:aws:iam::111122223333:mfa" + name))],
        [typeof(AuthenticationCode)] = [.. new[] { "000000", "000001", "000009" }.Select(code => new AuthenticationCode(code))],
        [typeof(Tag[])] = [new Tag[] { new("team", "blue") }, new Tag[] { new("Team", "red"), new("note", "") }, new Tag[] { new("a", "1"), new("A", "2") }],
        [typeof(TagKey[])] = [new TagKey[] { "TEAM" }, new TagKey[] { "note", "a" }],
        [typeof(CataloguePolicy[])] = [Array.Empty<CataloguePolicy>(), new CataloguePolicy[] { new("Mine", "/std/", "v1", Cast.Reading) }, new CataloguePolicy[] { new("ReadOnlyAccess", "/", "v2", Cast.Everything), new("Mine", "/std/", "v2", Cast.Writing) }],
        [typeof(bool?)] = [true, false],
        [typeof(AccountAlias)] = [new AccountAlias("works"), new AccountAlias("example-works")],
        [typeof(QuotaName)] = [.. Quotas.Names],
        [typeof(QuotaValue)] = [.. new[] { 5, 20, 9000 }.Select(value => new QuotaValue(value))],
        [typeof(MinimumPasswordLength)] = [new MinimumPasswordLength(8), new MinimumPasswordLength(14)],
        [typeof(MaxPasswordAge)] = [new MaxPasswordAge(1), new MaxPasswordAge(90)],
        [typeof(PasswordReusePrevention)] = [new PasswordReusePrevention(1), new PasswordReusePrevention(3)],
        [typeof(EmailAddress)] = [new EmailAddress("root@example.com"), new EmailAddress("Other.Root@example.com")],
        [typeof(Password)] = [new Password("Correct-Horse-7"), new Password("battery")],
        [typeof(RecoveryReason)] = [new RecoveryReason("lost")],
        [typeof(AccountName)] = [new AccountName("Works")],
    };

    static readonly Operation[] Commands = [.. Operation.All.Values.Where(operation => operation.IsCommand)];
    static readonly Operation[] Rare = [Operation.All[nameof(UploadSSHPublicKey)], Operation.All[nameof(UpdateSSHPublicKey)]]; // the id has to be that of a key that there is
    static readonly Operation[] Ending = [Operation.All[nameof(CloseAccount)], Operation.All[nameof(RecoverRoot)]]; // a history has little after root's key, or all, is gone

    public static Arbitrary<HistoryProperties.Step> Step() =>
        (from operation in Gen.Frequency((500, Gen.Elements(Commands.Except(Ending).ToArray())), (25, Gen.Elements(Rare)), (1, Gen.Elements(Ending)))
         from picks in Gen.Choose(0, 1000).ArrayOf(9)
         from caller in Gen.Choose(0, 9)
         select new HistoryProperties.Step(Command(operation, picks), caller)).ToArbitrary();

    static ICommand Command(Operation operation, int[] picks) =>
        (ICommand)Activator.CreateInstance(operation.Type, [.. operation.Parameters.Zip(picks, Value)])!;

    static object? Value(ParameterInfo parameter, int pick)
    {
        var values = Values[parameter.ParameterType];
        return !Operation.IsRequired(parameter) && pick % 3 is 0 ? null : values[pick / 3 % values.Length];
    }
}

/// <summary>All that can be seen of a directory, as text.</summary>
static class Picture
{
    public static string Of(object? value) => value switch
    {
        null => "-",
        string or int or long or bool => $"{value}",
        Catalogue catalogue => catalogue.Digest.Value,
        DateTimeOffset time => Json.Write(time),
        Register<UserId, UserName, User> users => Of(users.After(null)),
        Register<GroupId, GroupName, Group> groups => Of(groups.After(null)),
        Register<PolicyId, PolicyName, ManagedPolicy> policies => Of(policies.After(null)),
        IEnumerable<User> or IEnumerable<Group> or IEnumerable<ManagedPolicy> => $"[{string.Join(", ", ((IEnumerable)value).Cast<object>().Select(Of))}]",
        IEnumerable entries => $"{{{string.Join(", ", entries.Cast<object>().Select(Of).Order(StringComparer.Ordinal))}}}",
        _ when value.GetType().BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>) => $"\"{value}\"",
        _ => $"({string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length is 0).Select(property => $"{property.Name}={Of(property.GetValue(value))}"))})",
    };
}
