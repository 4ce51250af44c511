using FsCheck;
using FsCheck.Fluent;

namespace IamEventSourced.Server.Tests;

public sealed class SecretBoxTests : IDisposable
{
    static readonly AccountId Account = "123456789012";
    static readonly AccountId OtherAccount = "123456789013";
    const long Revision = 7;
    static readonly SecretId Key = SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLE"));
    static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    readonly string folder = System.IO.Directory.CreateTempSubdirectory("secret-box-").FullName;
    readonly SecretBox box;
    readonly byte[] dataKey;
    readonly byte[] closed;

    public SecretBoxTests()
    {
        box = new(MasterKey.ReadOrCreate(Path()));
        dataKey = box.NewDataKey(Account);
        closed = box.Seal(Account, dataKey, Key, Revision, Secret);
    }

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    string Path(string name = "master.key") => System.IO.Path.Combine(folder, name);

    [Fact] public void Whatever_is_sealed_opens() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var plain = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get)); // without lone surrogates
        return box.Open(Account, dataKey, Key, Revision, box.Seal(Account, dataKey, Key, Revision, new(plain))).Reveal() == plain;
    }));

    [Fact] public void Another_process_with_the_same_master_key_opens_it() =>
        new SecretBox(MasterKey.Read(Path())).Open(Account, dataKey, Key, Revision, closed).Reveal().ShouldBe(Secret.Reveal());

    [Fact] public void The_form_is_version_nonce_ciphertext_tag()
    {
        closed.Length.ShouldBe(1 + 12 + 40 + 16);
        dataKey.Length.ShouldBe(1 + 12 + 32 + 16);
        closed[0].ShouldBe((byte)2);
        System.Text.Encoding.Latin1.GetString(closed).ShouldNotContain("wJal");
    }

    [Fact] public void Equal_secrets_look_different() => box.Seal(Account, dataKey, Key, Revision, Secret).ShouldNotBe(closed);

    [Fact] public void It_does_not_open_for_another_account() => Refused(() => box.Open(OtherAccount, dataKey, Key, Revision, closed));
    [Fact] public void Nor_under_another_accounts_key() => Refused(() => box.Open(OtherAccount, box.NewDataKey(OtherAccount), Key, Revision, closed));
    [Fact] public void Nor_under_another_key_of_the_account() => Refused(() => box.Open(Account, box.NewDataKey(Account), Key, Revision, closed));
    [Fact] public void Nor_for_another_credential() => Refused(() => box.Open(Account, dataKey, SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLF")), Revision, closed));
    [Fact] public void Nor_as_a_secret_of_another_kind() => Refused(() => box.Open(Account, dataKey, SecretKind.PrivateKey.Of(new AccessKeyId(Key.Id)), Revision, closed));
    [Fact] public void Nor_as_the_one_of_another_revision() => Refused(() => box.Open(Account, dataKey, Key, Revision + 1, closed));
    [Fact] public void Nor_under_another_master_key() => Refused(() => new SecretBox(MasterKey.ReadOrCreate(Path("other.key"))).Open(Account, dataKey, Key, Revision, closed));
    [Fact] public void A_data_key_is_no_secret_of_a_credential() => Refused(() => box.Open(Account, dataKey, Key, Revision, dataKey));

    [Fact] public void No_bit_of_it_may_change()
    {
        for (var bit = 0; bit < closed.Length * 8; bit++)
        {
            byte[] changed = [.. closed];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(() => box.Open(Account, dataKey, Key, Revision, changed));
        }
    }

    [Fact] public void No_bit_of_the_data_key_may_change()
    {
        for (var bit = 0; bit < dataKey.Length * 8; bit++)
        {
            byte[] changed = [.. dataKey];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(() => box.Open(Account, changed, Key, Revision, closed));
        }
    }

    [Theory]
    [InlineData(0)] [InlineData(1)] [InlineData(28)] [InlineData(68)]
    public void Nor_may_it_be_cut(int length) => Refused(() => box.Open(Account, dataKey, Key, Revision, closed[..length]));

    // Made with Python's cryptography package; master key 00 01 … 1f.
    [Fact] public void What_was_sealed_before_there_were_kinds_opens()
    {
        Write("before", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        var wrapped = Convert.FromHexString("010000000000000000000000002e9d97fd9109a59a2081831e3401bfb6e27264601cb45618b8a789b8f9c263696e81b17eaac7131298fb71b4b5aa7986");
        var kept = Convert.FromHexString("01000102030405060708090a0b2b183ccb386dbe98d2bf8c8b6f5c150b5e34ac2a2d3ec4415c5fb5d3f8d88ec06d9342715e5401bc61e4e6898fc585429450e91e4060db32");
        var before = new SecretBox(MasterKey.Read(Path("before")));
        before.Open(Account, wrapped, Key, Revision, kept).Reveal().ShouldBe(Secret.Reveal());
        Refused(() => before.Open(Account, wrapped, SecretKind.AccessKey.Of(new AccessKeyId("AKIAIOSFODNN7EXAMPLF")), Revision, kept));
    }

    [Fact] public void More_accounts_than_are_held_open_all_the_same()
    {
        var small = new SecretBox(MasterKey.Read(Path()), capacity: 2);
        var all = Enumerable.Range(1, 9).Select(i => (AccountId)$"00000000000{i}").Select(account => (account, key: small.NewDataKey(account)))
            .Select(a => (a.account, a.key, box: small.Seal(a.account, a.key, Key, Revision, new(a.account.Value)))).ToList();
        foreach (var (account, key, sealedSecret) in all) small.Open(account, key, Key, Revision, sealedSecret).Reveal().ShouldBe(account.Value);
    }

    static void Refused(Action open)
    {
        for (Exception? e = Should.Throw<SecretUnreadableException>(open); e is not null; e = e.InnerException)
            e.ToString().ShouldNotContain("wJal");
    }

    // The master key's file
    [Fact] public void A_new_master_key_is_its_owners_alone() => (OperatingSystem.IsWindows() ? "0600" : Convert.ToString((int)File.GetUnixFileMode(Path()), 8)).ShouldEndWith("600");
    [Fact] public void It_is_made_once() { var before = File.ReadAllText(Path()); MasterKey.ReadOrCreate(Path()); File.ReadAllText(Path()).ShouldBe(before); }
    [Fact] public void No_draft_is_left() => System.IO.Directory.GetFiles(folder).Order(StringComparer.Ordinal).ShouldBe([Path(), Path("master.key.lock")]);
    [Fact] public void Reading_makes_none() => Should.Throw<MasterKeyUnavailableException>(() => MasterKey.Read(Path("none"))).Message.ShouldContain(Path("none"));

    [Fact] public void A_draft_that_was_left_behind_does_no_harm()
    {
        File.WriteAllText(Path("late.new"), "half a k");
        MasterKey.ReadOrCreate(Path("late")).ShouldNotBeNull();
        File.Exists(Path("late.new")).ShouldBeFalse();
    }

    [Fact] public void Where_none_can_be_made_it_says_so() =>
        Should.Throw<MasterKeyUnavailableException>(() => MasterKey.ReadOrCreate(Path("no/such/folder"))).Message.ShouldContain("cannot be made");

    [Fact] public async Task Many_that_make_it_at_once_have_one()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = Path($"raced-{round}");
            using var together = new Barrier(8);
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () => { together.SignalAndWait(); return MasterKey.ReadOrCreate(path); }, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            var wrapped = new SecretBox(MasterKey.Read(path)).NewDataKey(Account);
            foreach (var key in keys) new SecretBox(key).Seal(Account, wrapped, Key, Revision, Secret).ShouldNotBeEmpty();
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)] [InlineData(UnixFileMode.OtherRead)] [InlineData(UnixFileMode.GroupWrite)] [InlineData(UnixFileMode.OtherWrite)]
    public void One_that_others_may_touch_is_refused(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(Path(), UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        var refused = Should.Throw<MasterKeyUnavailableException>(() => MasterKey.ReadOrCreate(Path()));
        refused.Message.ShouldContain("chmod 600");
        refused.ToString().ShouldNotContain(File.ReadAllText(Path()).Trim());
    }

    [Theory]
    [InlineData("")] [InlineData("short")] [InlineData("zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")] [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")]
    public void What_is_no_key_is_refused_and_not_repeated(string text)
    {
        Write("bad", text);
        var refused = Should.Throw<MasterKeyUnavailableException>(() => MasterKey.ReadOrCreate(Path("bad")));
        if (text is not "") refused.ToString().ShouldNotContain(text);
    }

    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")] [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public void Hex_and_base64_are_read(string text)
    {
        Write("a", text);
        Write("b", "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
        var wrapped = new SecretBox(MasterKey.Read(Path("a"))).NewDataKey(Account);
        new SecretBox(MasterKey.Read(Path("b"))).Seal(Account, wrapped, Key, Revision, Secret).ShouldNotBeEmpty();
    }

    void Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
