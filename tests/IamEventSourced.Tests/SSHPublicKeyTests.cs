using System.Diagnostics;
using System.Security.Cryptography;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>Keys as OpenSSH and Python's cryptography write and judge them: fixed vectors, and ssh-keygen itself where it is.</summary>
public class SSHKeyTests
{
    sealed record Vector(string Kind, string Body, string Md5, string Sha256, string Pem);

    static readonly Vector[] Vectors = Read();

    internal static IEnumerable<string> Bodies => Vectors.SelectMany(vector => (string[])[vector.Body, vector.Pem]);
    public static TheoryData<string> Kinds => [.. Vectors.Select(vector => vector.Kind)];

    static Vector[] Read()
    {
        using var text = new StreamReader(typeof(SSHKeyTests).Assembly.GetManifestResourceStream("SSHKeys.tsv")!);
        return [.. text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is not '#').Select(line => line.Split('\t')).Select(part => new Vector(part[0], part[1], part[2], part[3], part[4].Replace("\\n", "\n", StringComparison.Ordinal)))];
    }

    static Vector Of(string kind) => Vectors.Single(vector => vector.Kind == kind);
    static string? Code(string body) => SSHKey.Read(body).Refusal?.Code;

    [Theory, MemberData(nameof(Kinds))]
    public void It_is_what_OpenSSH_says_however_it_was_written(string kind)
    {
        var vector = Of(kind);
        foreach (var written in (string[])[vector.Body, $"  {vector.Body}\tsomebody on a laptop\r\n", vector.Pem, $"\n{vector.Pem.Replace("\n", "\r\n", StringComparison.Ordinal)}\n"])
        {
            var key = SSHKey.Read(written).Value.ShouldNotBeNull(written);
            (key.Body.Value, key.Md5Fingerprint, key.Fingerprint.Value, key.Pem).ShouldBe((vector.Body, vector.Md5, vector.Sha256, vector.Pem));
            SSHKey.Of(key.Body).Fingerprint.ShouldBe(key.Fingerprint);
        }
    }

    [Fact]
    public void RSA_is_read_from_PKCS_1_too()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(Of("rsa").Pem);
        SSHKey.Read(rsa.ExportRSAPublicKeyPem()).Value!.Body.Value.ShouldBe(Of("rsa").Body);
    }

    [Fact]
    public void A_key_of_RSA_has_2048_to_16384_bits()
    {
        foreach (var (bits, code) in ((int, string?)[])[(1024, "InvalidPublicKey"), (2047, "InvalidPublicKey"), (2048, null), (2049, null), (16_384, null), (16_385, "InvalidPublicKey")]) Code(RsaOf(bits, [1, 0, 1])).ShouldBe(code, $"{bits}");
        foreach (var (exponent, code) in ((byte[], string?)[])[([3], null), ([1], "InvalidPublicKey"), ([0], "InvalidPublicKey"), ([1, 0, 0], "InvalidPublicKey"), ([0x81], "InvalidPublicKey"), ([0, 3], "InvalidPublicKey"), ([1, 0, 0, 0, 0, 0, 0, 0, 1], "InvalidPublicKey")])
            Code(RsaOf(2048, exponent)).ShouldBe(code, Convert.ToHexString(exponent));

        static string RsaOf(int bits, byte[] exponent)
        {
            var modulus = new byte[(bits + 7) / 8 + (bits % 8 is 0 ? 1 : 0)];
            modulus[bits % 8 is 0 ? 1 : 0] = (byte)(1 << ((bits - 1) % 8));
            modulus[^1] |= 1;
            return $"ssh-rsa {Convert.ToBase64String(Wire("ssh-rsa"u8.ToArray(), exponent, modulus))}";
        }
    }

    [Theory]
    [InlineData("UnrecognizedPublicKeyEncoding", "no key")]
    [InlineData("UnrecognizedPublicKeyEncoding", "  \n")]
    [InlineData("UnrecognizedPublicKeyEncoding", "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    [InlineData("UnrecognizedPublicKeyEncoding", "ssh-dss AAAAB3NzaC1kc3MAAAAA")]
    [InlineData("UnrecognizedPublicKeyEncoding", "sk-ssh-ed25519@openssh.com AAAA")]
    [InlineData("UnrecognizedPublicKeyEncoding", "no-pty " + EdKey)]
    [InlineData("UnrecognizedPublicKeyEncoding", "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----")]
    [InlineData("UnrecognizedPublicKeyEncoding", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("UnrecognizedPublicKeyEncoding", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----")]
    [InlineData("InvalidPublicKey", "ssh-ed25519")]
    [InlineData("InvalidPublicKey", "ssh-ed25519 nobase64!")]
    [InlineData("InvalidPublicKey", "ssh-ed25519 AAAA")]
    [InlineData("InvalidPublicKey", EdKey + "\n" + EdKey)]
    [InlineData("InvalidPublicKey", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    [InlineData("InvalidPublicKey", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    [InlineData("InvalidPublicKey", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA")]
    [InlineData("InvalidPublicKey", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----")] // X25519
    public void What_is_no_key_is_refused(string code, string body) => Code(body).ShouldBe(code);

    [Fact]
    public void A_point_that_is_not_on_its_curve_is_refused()
    {
        foreach (var vector in Vectors.Where(vector => vector.Kind[0] is 'p'))
        {
            var parts = vector.Body.Split(' ');
            var wire = Convert.FromBase64String(parts[1]);
            wire[^1] ^= 1;
            Code($"{parts[0]} {Convert.ToBase64String(wire)}").ShouldBe("InvalidPublicKey");
        }
        SSHKey.Read(ExplicitCurve()).Refusal!.Code.ShouldBe("InvalidPublicKey");

        // The curve's numbers in place of its name: openssl could write so, and whoever does chooses them.
        static string ExplicitCurve()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var parameters = key.ExportExplicitParameters(false);
            using var again = ECDsa.Create(parameters);
            return again.ExportSubjectPublicKeyInfoPem();
        }
    }

    [Fact]
    public void Whatever_is_changed_in_a_key_it_is_read_or_refused_and_never_anything_else()
    {
        var random = new Random(7);
        var (read, refused) = (0, 0);
        foreach (var vector in Vectors)
            for (var i = 0; i < 300; i++)
            {
                var parts = vector.Body.Split(' ');
                var bytes = i % 2 is 0 ? Convert.FromBase64String(parts[1]) : Convert.FromBase64String(string.Concat(vector.Pem.Split('\n')[1..^1]));
                for (var changes = random.Next(1, 4); changes > 0; changes--) bytes[random.Next(random.Next(2) is 0 ? Math.Min(60, bytes.Length) : bytes.Length)] = (byte)random.Next(256);
                if (random.Next(4) is 0) bytes = [.. bytes.Take(random.Next(bytes.Length))];
                else if (random.Next(8) is 0) bytes = [.. bytes, 0];
                var (key, refusal) = SSHKey.Read(i % 2 is 0 ? $"{parts[0]} {Convert.ToBase64String(bytes)}" : PemEncoding.WriteString("PUBLIC KEY", bytes));
                if (key is null) { refusal!.Code.ShouldBeOneOf("InvalidPublicKey", "UnrecognizedPublicKeyEncoding"); refused++; continue; }
                SSHKey.Read(key.Body).Value!.Fingerprint.ShouldBe(key.Fingerprint);
                SSHKey.Read(key.Pem).Value!.Fingerprint.ShouldBe(key.Fingerprint);
                read++;
            }
        (read > 50 && refused > 500).ShouldBeTrue($"{read} read, {refused} refused");
    }

    [Fact]
    public void A_body_of_the_greatest_length_is_judged_quickly()
    {
        string[] bodies = [new('A', 16_384), "ssh-rsa " + new string('A', 16_376), "-----BEGIN PUBLIC KEY-----" + new string('A', 16_000), string.Concat(Enumerable.Repeat("-----BEGIN A-----\n", 900)), new(' ', 16_384), "ssh-rsa" + new string(' ', 16_000), "ssh-rsa " + new string('=', 16_000)];
        var watch = Stopwatch.StartNew();
        foreach (var body in bodies) Code(body).ShouldNotBeNull();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Ssh_keygen_agrees_about_keys_that_it_makes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ssh-keygen"), "There is no ssh-keygen here.");
        var folder = System.IO.Directory.CreateTempSubdirectory("ssh-keys-");
        try
        {
            foreach (var kind in (string[])["-t ed25519", "-t ecdsa -b 256", "-t ecdsa -b 384", "-t ecdsa -b 521", "-t rsa -b 2048"])
            {
                var file = Path.Combine(folder.FullName, kind.Replace(" ", "", StringComparison.Ordinal));
                await Run($"-q {kind} -N  -C alice@laptop -f {file}");
                var key = SSHKey.Read(await File.ReadAllTextAsync($"{file}.pub", TestContext.Current.CancellationToken)).Value.ShouldNotBeNull(kind);
                (await Run($"-l -f {file}.pub")).Split(' ')[1].ShouldBe(key.Fingerprint.Value);
                (await Run($"-l -E md5 -f {file}.pub")).Split(' ')[1].ShouldBe($"MD5:{key.Md5Fingerprint}");
                if (kind is not "-t ed25519") (await Run($"-e -m PKCS8 -f {file}.pub")).TrimEnd().ShouldBe(key.Pem); // of which OpenSSH reads and writes no PEM
            }
        }
        finally { folder.Delete(recursive: true); }

        static async Task<string> Run(string arguments)
        {
            using var process = Process.Start(new ProcessStartInfo("/usr/bin/ssh-keygen", arguments.Split(' ')) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(0, arguments);
            return said;
        }
    }

    static byte[] Wire(params byte[][] parts) => [.. parts.SelectMany(part => (byte[])[0, 0, (byte)(part.Length >> 8), (byte)part.Length, .. part])];
}

public class UploadSSHPublicKeyTests : Specification
{
    const string Answer = $$$"""{"SSHPublicKey":{"UserName":"alice","SSHPublicKeyId":"APKA00000000000000001","Fingerprint":"{{{EdMd5}}}","SHA256Fingerprint":"{{{EdPrint}}}","SSHPublicKeyBody":"{{{EdKey}}}","Status":"Active","UploadDate":"2030-01-01T13:00:00.000000Z"}}""";
    static readonly SSHPublicKeyUploaded Uploaded = new("APKA00000000000000001", AliceId, EdKey);

    [Fact] public void A_user_gets_a_key() => Given(Alice).When(new UploadSSHPublicKey("ALICE", EdKey)).Then(Uploaded).ThenAnswers(Answer);
    [Fact] public void Its_comment_is_not_kept() => Given(Alice).When(new UploadSSHPublicKey("alice", $"{EdKey} alice@laptop")).Then(Uploaded).ThenAnswers(Answer);
    [Fact] public void One_in_PEM_is_kept_as_OpenSSH_writes_it() => Given(Alice).When(new UploadSSHPublicKey("alice", EdPem)).Then(Uploaded).ThenAnswers(Answer);
    [Fact] public void The_user_must_exist() => When(new UploadSSHPublicKey("alice", EdKey)).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void What_is_no_key_is_refused() => Given(Alice).When(new UploadSSHPublicKey("alice", "ssh-rsa AAAA")).ThenRefused("InvalidPublicKey");
    [Fact] public void What_is_written_in_no_known_way_is_refused() => Given(Alice).When(new UploadSSHPublicKey("alice", "mykey")).ThenRefused("UnrecognizedPublicKeyEncoding");
    [Fact] public void The_same_key_again_is_refused_however_it_is_written() => Given(Alice, AliceSSHKey).When(new UploadSSHPublicKey("alice", EdPem)).ThenRefused("DuplicateSSHPublicKey");
    [Fact] public void A_key_is_one_users() => Given(Alice, Bob, AliceSSHKey).When(new UploadSSHPublicKey("bob", EdKey)).ThenRefused("DuplicateSSHPublicKey", $"The SSH public key {EdPrint} is already associated with a user of this account.");
    [Fact] public void Also_while_it_is_inactive() => Given(Alice, Bob, AliceSSHKey, new SSHPublicKeyStatusSet(AliceSSHKeyId, AliceId, "Inactive")).When(new UploadSSHPublicKey("bob", EdKey)).ThenRefused("DuplicateSSHPublicKey");
    [Fact] public void Once_deleted_it_can_be_anothers() => Given(Alice, Bob, AliceSSHKey, new SSHPublicKeyDeleted(AliceSSHKeyId, AliceId)).When(new UploadSSHPublicKey("bob", EdKey)).Then(new SSHPublicKeyUploaded("APKA00000000000000001", BobId, EdKey));

    [Fact]
    public void A_user_has_five_at_most()
    {
        Given(Alice);
        var bodies = SSHKeyTests.Bodies.Where(body => body[0] is not '-').ToList();
        for (var i = 0; i < 5; i++) Given(new SSHPublicKeyUploaded($"APKAALICE0000000000{i}", AliceId, bodies[i]));
        When(new UploadSSHPublicKey("alice", EdKey)).ThenRefused("LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5");
    }
}

public class OtherSSHPublicKeyTests : Specification
{
    static readonly SSHPublicKeyStatusSet Off = new(AliceSSHKeyId, AliceId, "Inactive"), On = new(AliceSSHKeyId, AliceId, "Active");
    static readonly string Of = $"\"UserName\":\"alice\",\"SSHPublicKeyId\":\"{AliceSSHKeyId}\",\"Fingerprint\":\"{EdMd5}\",\"SHA256Fingerprint\":\"{EdPrint}\"";
    static readonly string Found = $$"""{"UserName":"alice","UserId":"{{AliceId}}","Arn":"arn:aws:iam::111122223333:user/team/alice","SSHPublicKeyId":"{{AliceSSHKeyId}}","SSHPublicKeyBody":"{{EdKey}}","Status":"Active"}""";

    public OtherSSHPublicKeyTests() => Given(Alice, Bob, AliceSSHKey);

    [Fact] public void A_key_is_shown_as_OpenSSH_writes_it() => When(new GetSSHPublicKey("ALICE", AliceSSHKeyId, "SSH")).ThenAnswers($$$"""{"SSHPublicKey":{{{{Of}}},"SSHPublicKeyBody":"{{{EdKey}}}","Status":"Active","UploadDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void Or_in_PEM() => When(new GetSSHPublicKey("alice", AliceSSHKeyId, "PEM")).ThenAnswers($$$"""{"SSHPublicKey":{{{{Of}}},"SSHPublicKeyBody":"{{{EdPem.Replace("\n", "\\n", StringComparison.Ordinal)}}}","Status":"Active","UploadDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Fact] public void Keys_are_listed() => When(new ListSSHPublicKeys("alice")).ThenAnswers($$$"""{"SSHPublicKeys":[{"UserName":"alice","SSHPublicKeyId":"{{{AliceSSHKeyId}}}","Status":"Active","UploadDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void Without_a_name_it_is_the_callers() => Given(AliceKeyCreated, new UserPolicyPut(AliceId, "all", Everything)).When(new ListSSHPublicKeys(), AsAlice).ThenAnswers($$$"""{"SSHPublicKeys":[{"UserName":"alice","SSHPublicKeyId":"{{{AliceSSHKeyId}}}","Status":"Active","UploadDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void Root_has_none() => When(new ListSSHPublicKeys()).ThenAnswers("""{"SSHPublicKeys":[],"IsTruncated":false}""");
    [Fact] public void A_key_is_made_inactive() => When(new UpdateSSHPublicKey("ALICE", AliceSSHKeyId, "Inactive")).Then(Off);
    [Fact] public void And_active_again() => Given(Off).When(new UpdateSSHPublicKey("alice", AliceSSHKeyId, "Active")).Then(On);
    [Fact] public void The_status_that_it_has_is_no_change() => When(new UpdateSSHPublicKey("alice", AliceSSHKeyId, "Active")).Then();
    [Fact] public void A_key_is_deleted() => When(new DeleteSSHPublicKey("ALICE", AliceSSHKeyId)).Then(new SSHPublicKeyDeleted(AliceSSHKeyId, AliceId));

    [Fact]
    public void The_key_must_be_that_users()
    {
        const string missing = "The Public Key with id APKAALICE00000000001 cannot be found.";
        When(new GetSSHPublicKey("bob", AliceSSHKeyId, "SSH")).ThenRefused("NoSuchEntity", missing);
        When(new UpdateSSHPublicKey("bob", AliceSSHKeyId, "Inactive")).ThenRefused("NoSuchEntity", missing);
        When(new DeleteSSHPublicKey("bob", AliceSSHKeyId)).ThenRefused("NoSuchEntity", missing);
    }

    [Fact]
    public void The_user_must_exist()
    {
        const string missing = "The user with name carol cannot be found.";
        When(new GetSSHPublicKey("carol", AliceSSHKeyId, "SSH")).ThenRefused("NoSuchEntity", missing);
        When(new ListSSHPublicKeys("carol")).ThenRefused("NoSuchEntity", missing);
        When(new UpdateSSHPublicKey("carol", AliceSSHKeyId, "Inactive")).ThenRefused("NoSuchEntity", missing);
        When(new DeleteSSHPublicKey("carol", AliceSSHKeyId)).ThenRefused("NoSuchEntity", missing);
    }

    [Fact] public void A_Git_server_finds_the_user_by_the_fingerprint() => When(new GetUserBySSHPublicKey(EdPrint)).ThenAnswers(Found);
    [Fact] public void Or_by_the_key() => When(new GetUserBySSHPublicKey(SSHPublicKeyBody: $"{EdKey} from the client")).ThenAnswers(Found);
    [Fact] public void Or_by_the_key_in_PEM() => When(new GetUserBySSHPublicKey(SSHPublicKeyBody: EdPem)).ThenAnswers(Found);
    [Fact] public void An_inactive_key_is_nobodys() => Given(Off).When(new GetUserBySSHPublicKey(EdPrint)).ThenRefused("NoSuchEntity", $"No user has {EdPrint} as an active SSH public key.");
    [Fact] public void So_is_a_deleted_one() => Given(new SSHPublicKeyDeleted(AliceSSHKeyId, AliceId)).When(new GetUserBySSHPublicKey(EdPrint)).ThenRefused("NoSuchEntity", $"No user has {EdPrint} as an active SSH public key.");
    [Fact] public void Who_asks_shows_a_key_or_its_fingerprint() => When(new GetUserBySSHPublicKey()).ThenRefused("InvalidInput");
    [Fact] public void Or_both_of_one_key() => When(new GetUserBySSHPublicKey(EdPrint, EdKey)).ThenAnswers(Found);
    [Fact] public void Not_of_two() => When(new GetUserBySSHPublicKey(EdPrint, SSHKeyTests.Bodies.First())).ThenRefused("InvalidInput");
    [Fact] public void What_is_no_key_is_refused() => When(new GetUserBySSHPublicKey(SSHPublicKeyBody: "ssh-rsa AAAA")).ThenRefused("InvalidPublicKey");
}
