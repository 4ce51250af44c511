using Microsoft.Extensions.Configuration;

namespace IamEventSourced.Server.Tests;

/// <summary>Master keys: where they come from, and what they wrap.</summary>
public sealed class MasterKeyTests : IDisposable
{
    static readonly AccountId Account = "123456789012", OtherAccount = "123456789013";
    static readonly byte[] Plain = [.. Enumerable.Range(32, 32).Select(i => (byte)i)];
    const string One = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", Two = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    readonly string folder = System.IO.Directory.CreateTempSubdirectory("master-key-").FullName;

    public MasterKeyTests() => MasterKey.CreateIfNone(Path());

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    string Path(string name = "master.key") => System.IO.Path.Combine(folder, name);

    static IReadOnlyList<MasterKey> Made(string path)
    {
        MasterKey.CreateIfNone(path);
        return MasterKey.Read(path);
    }

    static MasterKey Key(string text) => MasterKey.Parse(text, "here").Single();

    // What they wrap
    [Fact] public void What_is_wrapped_unwraps() => Key(One).Unwrap(Account, Key(One).Wrap(Account, Plain)).ShouldBe(Plain);
    [Fact] public void Not_for_another_account() => Should.Throw<SecretUnreadableException>(() => Key(One).Unwrap(OtherAccount, Key(One).Wrap(Account, Plain)));
    [Fact] public void Nor_under_another_key() => Should.Throw<SecretUnreadableException>(() => Key(Two).Unwrap(Account, Key(One).Wrap(Account, Plain)));
    [Fact] public void A_keys_id_is_its_own_and_no_part_of_it() => (Key(One).Id, Key(One).Id == Key(Two).Id, One.Contains(Key(One).Id, StringComparison.Ordinal)).ShouldBe((IdOfOne, false, false));
    const string IdOfOne = "db7adb1b1780d61a"; // HKDF-SHA256 by Python's cryptography package

    [Fact] public void No_bit_of_it_may_change()
    {
        var wrapped = Key(One).Wrap(Account, Plain);
        wrapped.Length.ShouldBe(1 + 12 + 32 + 16);
        for (var bit = 0; bit < wrapped.Length * 8; bit++)
        {
            byte[] changed = [.. wrapped];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<SecretUnreadableException>(() => Key(One).Unwrap(Account, changed));
        }
    }

    // Several
    [Fact] public async Task The_first_wraps_and_all_unwrap()
    {
        Write("both", $"{Two}\n{One}\n");
        var keys = MasterKeys.Read(Path("both"));
        var wrapped = await keys.Wrap(Account, Plain, default);
        (wrapped.KeyId, await keys.CurrentKeyId(default)).ShouldBe((Key(Two).Id, Key(Two).Id));
        (await keys.Unwrap(Account, wrapped, default)).ShouldBe(Plain);
        (await keys.Unwrap(Account, new(Key(One).Id, Key(One).Wrap(Account, Plain)), default)).ShouldBe(Plain);
        await Should.ThrowAsync<SecretUnreadableException>(async () => await keys.Unwrap(Account, new(Key(Two).Id, Key(One).Wrap(Account, Plain)), default));
    }

    [Fact] public async Task What_was_wrapped_before_keys_had_ids_is_tried_with_each()
    {
        Write("both", $"{Two}\n{One}");
        // Made with Python's cryptography package.
        var before = Convert.FromHexString("010000000000000000000000002e9d97fd9109a59a2081831e3401bfb6e27264601cb45618b8a789b8f9c263696e81b17eaac7131298fb71b4b5aa7986");
        (await MasterKeys.Read(Path("both")).Unwrap(Account, new(null, before), default)).ShouldBe(Plain);
        await Should.ThrowAsync<SecretUnreadableException>(async () => await MasterKeys.Read(Path()).Unwrap(Account, new(null, before), default));
    }

    [Fact] public async Task A_key_that_is_added_while_the_service_runs_is_known_from_then_on()
    {
        Write("keys", One);
        var keys = MasterKeys.Read(Path("keys"));
        WrappedKey later = new(Key(Two).Id, Key(Two).Wrap(Account, Plain));
        (await Should.ThrowAsync<MasterKeyUnavailableException>(async () => await keys.Unwrap(Account, later, default))).Message.ShouldContain(Key(Two).Id);
        Write("keys", $"{One} {Two}");
        (await keys.Unwrap(Account, later, default)).ShouldBe(Plain);
        (await keys.Wrap(Account, Plain, default)).KeyId.ShouldBe(Key(One).Id);
        Write("keys", $"{Two} {One}");
        (await keys.Wrap(Account, Plain, default)).KeyId.ShouldBe(Key(Two).Id);
    }

    [Fact] public async Task The_environment_may_bring_them_and_then_there_is_no_file()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Iam:MasterKey"] = $"{Two} {One}", ["Iam:MasterKeyFile"] = Path("none") }).Build();
        (await MasterKeys.Of(settings, mayCreate: true).CurrentKeyId(default)).ShouldBe(Key(Two).Id);
        File.Exists(Path("none")).ShouldBeFalse();
        settings["Iam:MasterKey"] = "no key";
        Should.Throw<MasterKeyUnavailableException>(() => MasterKeys.Of(settings)).Message.ShouldContain("Iam__MasterKey");
    }

    // The file
    [Fact] public void A_new_master_key_is_its_owners_alone() => (OperatingSystem.IsWindows() ? "0600" : Convert.ToString((int)File.GetUnixFileMode(Path()), 8)).ShouldEndWith("600");
    [Fact] public void It_is_made_once() { var before = File.ReadAllText(Path()); Made(Path()); File.ReadAllText(Path()).ShouldBe(before); }
    [Fact] public void No_draft_is_left() => System.IO.Directory.GetFiles(folder).Order(StringComparer.Ordinal).ShouldBe([Path(), Path("master.key.lock")]);
    [Fact] public void Reading_makes_none() => Should.Throw<MasterKeyUnavailableException>(() => MasterKey.Read(Path("none"))).Message.ShouldContain(Path("none"));

    [Fact] public void A_draft_that_was_left_behind_does_no_harm()
    {
        File.WriteAllText(Path("late.new"), "half a k");
        Made(Path("late")).ShouldNotBeNull();
        File.Exists(Path("late.new")).ShouldBeFalse();
    }

    [Fact] public void Where_none_can_be_made_it_says_so() =>
        Should.Throw<MasterKeyUnavailableException>(() => Made(Path("no/such/folder"))).Message.ShouldContain("cannot be made");

    [Fact] public async Task Many_that_make_it_at_once_have_one()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = Path($"raced-{round}");
            using var together = new Barrier(8);
            var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () => { together.SignalAndWait(); return Made(path); }, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            made.Select(keys => keys.Single().Id).Distinct().ShouldBe([MasterKey.Read(path)[0].Id]);
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)] [InlineData(UnixFileMode.OtherRead)] [InlineData(UnixFileMode.GroupWrite)] [InlineData(UnixFileMode.OtherWrite)]
    public void One_that_others_may_touch_is_refused(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(Path(), UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        var refused = Should.Throw<MasterKeyUnavailableException>(() => Made(Path()));
        refused.Message.ShouldContain("chmod 600");
        refused.ToString().ShouldNotContain(File.ReadAllText(Path()).Trim());
    }

    [Theory]
    [InlineData("")] [InlineData("short")] [InlineData("zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")] [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")]
    public void What_is_no_key_is_refused_and_not_repeated(string text)
    {
        Write("bad", text);
        var refused = Should.Throw<MasterKeyUnavailableException>(() => Made(Path("bad")));
        if (text is not "") refused.ToString().ShouldNotContain(text);
    }

    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")] [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")] [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public void Hex_and_base64_are_read(string text)
    {
        Write("a", text);
        MasterKey.Read(Path("a")).Single().Id.ShouldBe(Key(One).Id);
    }

    void Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
