using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IamEventSourced.Server.Tests;

/// <summary>Whoever can write the database, and has no master key, lets nobody in by it.</summary>
public class TamperedSecretsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_kept_of_a_key_and_was_changed_behind_the_services_back_lets_nobody_in_and_is_said()
    {
        await using var server = await ServerFixture.Start(postgres);
        string Sealed(Key key) => $"(select sealed from iam.secrets where credential_id = '{key.Id}')";
        string Put(Key key, string bytes) => $"update iam.secrets set sealed = {bytes} where credential_id = '{key.Id}'";
        Func<Case, Task<string>>[] harms =
        [
            one => Task.FromResult($"with before as (select {Sealed(one.Alice)} a, {Sealed(one.Bob)} b) update iam.secrets set sealed = case credential_id when '{one.Alice.Id}' then b else a end from before where credential_id in ('{one.Alice.Id}', '{one.Bob.Id}')"),
            one => Task.FromResult($"update iam.secrets set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) where credential_id in ('{one.Alice.Id}', '{one.Bob.Id}')"),
            one => Task.FromResult($"update iam.secrets set sealed = substr(sealed, 1, 10) where credential_id in ('{one.Alice.Id}', '{one.Bob.Id}')"),
            one => Task.FromResult($"update iam.secrets set sealed = {Sealed(server.Root)} where credential_id in ('{one.Alice.Id}', '{one.Bob.Id}')"), // another account's
            one => Task.FromResult($"update iam.secrets set sealed = (select sealed from iam.secrets where account = '{one.Account}' and kind = 'private-key') where credential_id in ('{one.Alice.Id}', '{one.Bob.Id}')"),
            // What was sealed for the key at an earlier revision: by the account's own data key, which no writer of the database has.
            async one => $"{await Earlier(one.Alice, -1)}; {await Earlier(one.Bob, 1)}",
            one => Task.FromResult($"update iam.data_keys set wrapped = (select wrapped from iam.data_keys where account = '{server.Account}') where account = '{one.Account}'"),
            one => Task.FromResult($"update iam.data_keys set wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1) where account = '{one.Account}'"),
        ];
        List<Case> cases = [];
        for (var i = 0; i < harms.Length; i++)
        {
            await server.MoveTo(string.Create(CultureInfo.InvariantCulture, $"20000000000{i}"));
            Case one = new(server.Account, server.Root, await server.CreateUser("alice"), await server.CreateUser("bob"));
            (await server.Client().Send(new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")))).Refusal.ShouldBeNull();
            cases.Add(one);
        }
        await server.MoveTo("100000000000");
        // Of a key that was deleted, all that there was is put back.
        Case gone = new(server.Account, server.Root, await server.CreateUser("alice"), await server.CreateUser("bob"));
        var before = (byte[])(await server.Query($"select sealed from iam.secrets where credential_id = '{gone.Alice.Id}'")).Single()[0]!;
        (await server.Client().Send(new DeleteAccessKey(gone.Alice.Id, "alice"))).Refusal.ShouldBeNull();
        await server.Query($"insert into iam.secrets (account, kind, credential_id, sealed) values ('{gone.Account}', 'access-key', '{gone.Alice.Id}', '\\x{Convert.ToHexString(before)}')");
        await server.Query($"update iam.access_keys set to_revision = null, to_at = null where access_key_id = '{gone.Alice.Id}'; update iam.access_key_statuses set to_revision = null, to_at = null where access_key_id = '{gone.Alice.Id}'");
        foreach (var (one, harm) in cases.Zip(harms)) await server.Query(await harm(one));

        var log = new Captured();
        var url = await server.StartNode(node => { node.Logging.ClearProviders(); node.Logging.AddProvider(log); });
        var unreadable = 0L;
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name is "iam.secrets.unreadable") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref unreadable, count));
        meters.Start();
        for (var i = 0; i < cases.Count; i++)
        {
            var one = cases[i];
            for (var again = 0; again < 2; again++) // a failure lets nobody in the second time
                foreach (var (key, secret) in new[] { (one.Alice, one.Alice), (one.Alice, one.Bob), (one.Bob, one.Bob), (one.Bob, one.Alice) })
                    (await server.Client(new(key.Id, secret.Secret), one.Account, url).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("ServiceFailure", $"harm {i}");
            // What was not touched goes on, unless it is the key of all.
            (await server.Client(one.Root, one.Account, url).Ask(new GetCallerIdentity())).Refusal?.Code.ShouldBe(i < 6 ? null : "ServiceFailure", $"harm {i}");
        }
        (await server.Client(gone.Alice, gone.Account, url).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("InvalidClientTokenId");
        (await server.Client(gone.Bob, gone.Account, url).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        Interlocked.Read(ref unreadable).ShouldBeGreaterThanOrEqualTo(harms.Length * 8);
        log.Text.ShouldContain("was changed behind the service's back");
        log.Text.ShouldNotContain(cases[0].Alice.Id.Value);
        // The node that holds them goes on: it has what they were.
        (await server.Client(cases[0].Alice, cases[0].Account).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();

        async Task<string> Earlier(Key key, long revisions)
        {
            var (account, id) = (key.Id.Account!, SecretKind.AccessKey.Of(key.Id));
            var kept = (await server.Node(0).GetRequiredService<AccountStore>().FindKey(account, key.Id, default))!;
            var own = await server.Node(0).GetRequiredService<Secrets>().Unwrap(account, kept.DataKey, default);
            own.Open(id, kept.Revision, kept.Sealed).Reveal().ShouldBe(key.Secret.Reveal());
            return Put(key, $"'\\x{Convert.ToHexString(own.Seal(id, kept.Revision + revisions, key.Secret))}'");
        }
    }

    sealed record Case(AccountId Account, Key Root, Key Alice, Key Bob);

    [Fact]
    public async Task A_data_key_as_it_was_wrapped_before_a_rotation_is_of_use_only_as_long_as_its_master_key()
    {
        await using var server = await ServerFixture.Start(postgres);
        var file = server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile;
        var old = await File.ReadAllTextAsync(file);
        var before = await server.Query($"select account, master_key, wrapped from iam.data_keys where account = '{server.Account}'");
        await File.WriteAllTextAsync(file, $"{Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}\n{old}");
        (await Verbs.Run(["rotate", $"--ConnectionStrings:iamowner={server.Database}", $"--Iam:MasterKeyFile={file}"])).ShouldBe(0);
        await server.Query($"update iam.data_keys set master_key = '{before[0][1]}', wrapped = '\\x{Convert.ToHexString((byte[])before[0][2]!)}' where account = '{server.Account}'");
        (await server.Client(url: await server.StartNode()).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Split('\n')[0]);
        (await server.Client(url: await server.StartNode()).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("ServiceUnavailable");
    }
}
