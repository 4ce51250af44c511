namespace IamEventSourced.Benchmarks;

/// <summary>A history as accounts have them, the same each time: users that come, join groups, leave, are renamed and go; groups; policies with versions.</summary>
static class RandomHistory
{
    const int Groups = 300, Policies = 200;
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static List<AccountEvent> Of(int count)
    {
        var random = new Random(1);
        List<AccountEvent> events = [new AccountCreated(null)];
        string Id(string prefix) => prefix + string.Create(17, random, static (to, random) => { for (var i = 0; i < to.Length; i++) to[i] = Letters[random.Next(Letters.Length)]; });
        PolicyText Text() => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::bucket-{{random.Next(100_000)}}/*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}""";

        List<GroupId> groups = [];
        List<(PolicyId Id, int Version)> policies = [];
        for (var i = 0; i < Policies; i++)
        {
            policies.Add((Id("ANPA"), 1));
            events.Add(new PolicyCreated(policies[i].Id, $"policy-{i}", IamPath.Root, null, Text()));
        }
        for (var i = 0; i < Groups; i++)
        {
            groups.Add(Id("AGPA"));
            events.Add(new GroupCreated(groups[i], $"group-{i}", IamPath.Root));
            for (var j = 0; j < 3; j++) events.Add(new GroupPolicyAttached(groups[i], policies[(i + j * 7) % Policies].Id));
        }

        List<UserId> users = [];
        List<(UserId User, GroupId Group)> memberships = [];
        HashSet<(UserId, GroupId)> there = [];
        while (events.Count < count)
        {
            var dice = users.Count < 100 ? 0 : random.Next(100);
            if (dice < 35)
            {
                UserId user = Id("AIDA");
                users.Add(user);
                events.Add(new UserCreated(user, $"user-{random.NextInt64():x}", random.Next(4) is 0 ? "/team/" : IamPath.Root));
            }
            else if (dice < 80)
            {
                (UserId User, GroupId Group) one = (users[random.Next(users.Count)], groups[random.Next(Groups)]);
                if (!there.Add(one)) continue;
                memberships.Add(one);
                events.Add(new UserAddedToGroup(one.Group, one.User));
            }
            else if (dice < 90)
            {
                if (memberships.Count is 0) continue;
                var at = random.Next(memberships.Count);
                var (user, group) = memberships[at];
                (memberships[at], _) = (memberships[^1], there.Remove((user, group)));
                memberships.RemoveAt(memberships.Count - 1);
                events.Add(new UserRemovedFromGroup(group, user));
            }
            else if (dice < 93) events.Add(new UserRenamed(users[random.Next(users.Count)], $"user-{random.NextInt64():x}", IamPath.Root));
            else if (dice < 96) events.Add(new UserPolicyAttached(users[random.Next(users.Count)], policies[random.Next(Policies)].Id));
            else if (dice < 98) events.Add(new UserPolicyPut(users[random.Next(users.Count)], "own", Text()));
            else
            {
                var at = random.Next(Policies);
                policies[at] = policies[at] with { Version = policies[at].Version + 1 };
                events.Add(new PolicyVersionCreated(policies[at].Id, $"v{policies[at].Version}", Text()));
                events.Add(new DefaultPolicyVersionSet(policies[at].Id, $"v{policies[at].Version}"));
            }
        }
        return events;
    }
}
