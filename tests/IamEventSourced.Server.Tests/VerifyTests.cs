using Microsoft.AspNetCore.Builder;

namespace IamEventSourced.Server.Tests;

/// <summary>iam export, iam verify and iam ledger as an auditor uses them.</summary>
public sealed class VerifyTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("iam-verify-").FullName;
    ServerFixture _server = null!;
    IamTool _iam = null!;

    string Key => Path.Combine(_folder, "ledger");
    string Export => Path.Combine(_folder, "export.jsonl");
    string Heads => Path.Combine(_folder, "heads", $"{_server.Account}.heads");

    public async ValueTask InitializeAsync()
    {
        LedgerKeyFile.CreateIfNone(Key);
        _server = await ServerFixture.Start(postgres, node => (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"]) = (Key, Path.Combine(_folder, "heads")));
        _iam = IamTool.For(_server);
        for (var i = 0; i < 5; i++) await _server.Client().Send(new CreateUser($"u{i}"));
        await Signed(8);
    }

    async Task Signed(long revision) => await Until.True(async () => (await _server.Client().Ask(new GetTreeHead())).Answer?.Size >= revision, TimeSpan.FromSeconds(30), "no head is signed");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    Task<(int Status, string Output, string Error)> Verify(string export) => _iam.Run("verify", export, "--heads", Heads, "--key", Key + ".pub", "-o", "table");

    [Fact] public async Task An_export_is_verified_without_the_server()
    {
        (await _iam.Run("export", "-f", Export)).ShouldBe((0, "", "8 events of account 123456789012, r 1–8\n"));
        await _server.Client().Send(new CreateUser("later"));
        await Signed(9);
        (await Verify(Export)).ShouldBe((7, "CutOff         r 9–9 are not there any more: cut off, or rolled back\n", ""));
        (await _iam.Run("export", "-f", Export)).ShouldBe((0, "", "1 events of account 123456789012, r 9–9\n")); // goes on
        var (status, output, error) = await Verify(Export);
        (status, error).ShouldBe((0, ""));
        output.ShouldStartWith("r 1–9 of account 123456789012 are as they were signed, by ");

        var lines = await File.ReadAllLinesAsync(Export);
        await File.WriteAllLinesAsync(Export, lines.Select(line => line.Replace("\"u3\"", "\"mallory\"", StringComparison.Ordinal)));
        (await Verify(Export)).ShouldBe((7, "Changed        r 7 is not as it was signed\n", ""));
        await File.WriteAllLinesAsync(Export, lines.Where(line => !line.Contains("\"u3\"", StringComparison.Ordinal)));
        (await Verify(Export)).ShouldBe((7, "Removed        r 7 is not there any more\n", ""));
    }

    [Fact] public async Task What_is_given_wrongly_is_said()
    {
        await _iam.Run("export", "-f", Export);
        (await _iam.Run("verify", Export, "--heads", Heads, "--key", Heads)).Status.ShouldBe(2);
        (await _iam.Run("verify", Export, "--heads", Heads)).Status.ShouldBe(2);
        (await _iam.Run("verify", Path.Combine(_folder, "none"), "--heads", Heads, "--key", Key + ".pub")).Status.ShouldBe(1);
        foreach (var odd in (string[])["no JSON", "[]", "7"])
        {
            await File.AppendAllTextAsync(Export, odd + "\n");
            var (status, _, error) = await Verify(Export);
            (status, error.Contains("Exception", StringComparison.Ordinal), error.StartsWith("A line of the export is no", StringComparison.Ordinal)).ShouldBe((2, false, true), error);
            await File.WriteAllTextAsync(Export, odd + "\n");
            (await Verify(Export)).ShouldBe((2, "", $"{Export} is no export: no event of an account is in it.\n"));
            File.Delete(Export);
            await _iam.Run("export", "-f", Export);
        }
        LedgerKeyFile.CreateIfNone(Key + "2");
        (await _iam.Run("ledger", "head", "--key", Key + "2.pub")).Status.ShouldBe(7);
    }

    [Fact] public async Task A_proof_is_asked_for_and_checked()
    {
        (await _iam.Run("ledger", "head", "--key", Key + ".pub", "-o", "table")).Output.ShouldStartWith("r 8  ");
        var (status, output, _) = await _iam.Run("ledger", "prove", "5", "--key", Key + ".pub", "-o", "table");
        status.ShouldBe(0);
        output.ShouldStartWith("r 5 is in the ledger of 8 events whose head was signed ");
        (await _iam.Run("ledger", "prove", "99")).Status.ShouldBe(2);
        await _server.Query("update iam.mt_events set timestamp = timestamp + interval '1 day' where version = 5");
        (await _iam.Run("ledger", "prove", "5", "--key", Key + ".pub", "-o", "table")).Status.ShouldBe(7);
    }
}
