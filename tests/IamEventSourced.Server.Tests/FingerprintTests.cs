using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>Of an access key's secret the events keep a fingerprint, so that another secret in its place is noticed; never the secret.</summary>
public class FingerprintTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Each_key_that_was_created_has_a_fingerprint_of_its_own_from_which_nothing_leads_back()
    {
        await using var server = await ServerFixture.Start(postgres);
        List<Key> keys = [server.Root, await server.CreateUser("alice"), await server.CreateUser("bob")];
        var again = (await server.Client().Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        keys.Add(new(again.AccessKeyId, again.SecretAccessKey!));

        var events = await server.Query("select data ->> 'AccessKeyId', data ->> 'Fingerprint' from iam.mt_events where type = 'access-key-created' order by version");
        events.Select(row => row[0]).ShouldBe(keys.Select(key => key.Id.Value));
        var fingerprints = events.Select(row => row[1].ShouldBeOfType<string>()).ToList();
        fingerprints.ShouldAllBe(fingerprint => System.Text.RegularExpressions.Regex.IsMatch(fingerprint, "^[0-9a-f]{64}$"));
        fingerprints.Distinct().Count().ShouldBe(keys.Count);
        var stored = string.Join('\n', (await server.Query("select e::text from iam.mt_events e")).Select(row => row[0]));
        foreach (var (_, secret) in keys)
            foreach (var form in (string[])[secret.Reveal(), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret.Reveal())), Convert.ToHexStringLower(Convert.FromBase64String(secret.Reveal())), Convert.ToBase64String(Encoding.UTF8.GetBytes(secret.Reveal()))])
                stored.ShouldNotContain(form);
        (await server.Post(new GetEntityHistory(keys[1].Id.Value))).Body.ShouldContain(fingerprints[1]); // who may see the history sees what the leaf covers
    }
}
