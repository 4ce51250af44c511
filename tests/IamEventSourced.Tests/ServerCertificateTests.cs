using System.Diagnostics;
using System.Security.Cryptography;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class ServerCertificateTests : Specification
{
    static readonly Dictionary<string, string> Pems = Read();
    static readonly Fingerprint LeafKey = new Secret(Pem("leaf-key")).Fingerprint();
    const string Meta = """{"Path":"/cloudfront/","ServerCertificateName":"www","ServerCertificateId":"ASCAWWW0000000000001","Arn":"arn:aws:iam::111122223333:server-certificate/cloudfront/www","UploadDate":"2030-01-01T12:00:00.000000Z","Expiration":"2119-12-31T23:59:59.000000Z"}""";

    static Dictionary<string, string> Read()
    {
        using var text = new StreamReader(typeof(ServerCertificateTests).Assembly.GetManifestResourceStream("Certificates.tsv")!);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is not '#').Select(line => line.Split('\t')).ToDictionary(part => part[0], part => part[1].Replace("\\n", "\n", StringComparison.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>A certificate or a key of Certificates.tsv, in PEM.</summary>
    internal static string Pem(string name) => Pems[name];

    static CertificateChain? Chain(string? names) => names is null ? null : new(string.Join('\n', names.Split(' ').Select(Pem)));
    static UploadServerCertificate Upload(string body, string key, string? chain = null) => new("www", Pem(body), Pem(key), null, Chain(chain));
    static ServerCertificateUploaded Uploaded(string body, string key, string? chain = null, string path = "/") => new("ASCA00000000000000001", "www", path, Pem(body), Chain(chain), new Secret(Pem(key)).Fingerprint());

    [Fact] public void A_certificate_is_kept() => When(new UploadServerCertificate("www", Pem("leaf"), Pem("leaf-key"), "/cloudfront/")).Then(Uploaded("leaf", "leaf-key", path: "/cloudfront/"))
        .ThenAnswers("""{"ServerCertificateMetadata":{"Path":"/cloudfront/","ServerCertificateName":"www","ServerCertificateId":"ASCA00000000000000001","Arn":"arn:aws:iam::111122223333:server-certificate/cloudfront/www","UploadDate":"2030-01-01T13:00:00.000000Z","Expiration":"2119-12-31T23:59:59.000000Z"}}""");
    [Fact] public void With_tags() => When(new UploadServerCertificate("www", Pem("leaf"), Pem("leaf-key"), Tags: [new("team", "blue")])).Then(Uploaded("leaf", "leaf-key"), new ServerCertificateTagged("ASCA00000000000000001", "team", "blue"))
        .ThenAnswers("""{"ServerCertificateMetadata":{"Path":"/","ServerCertificateName":"www","ServerCertificateId":"ASCA00000000000000001","Arn":"arn:aws:iam::111122223333:server-certificate/www","UploadDate":"2030-01-01T13:00:00.000000Z","Expiration":"2119-12-31T23:59:59.000000Z"},"Tags":[{"Key":"team","Value":"blue"}]}""");
    [Fact] public void Not_with_wrong_ones() => When(new UploadServerCertificate("www", Pem("leaf"), Pem("leaf-key"), Tags: [new("aws:x", "")])).ThenRefused("InvalidInput");

    [Fact]
    public void Its_private_key_is_kept_beside_the_event_and_not_in_it()
    {
        var outcome = Upload("leaf", "leaf-key").Decide(Directory, CallOf(null));
        outcome.Secrets.Single().Value.Reveal().ShouldBe(Pem("leaf-key"));
        var said = string.Join('\n', outcome.Events) + Upload("leaf", "leaf-key");
        foreach (var line in Pem("leaf-key").Split('\n')[1..^1]) said.ShouldNotContain(line);
    }

    [Theory]
    [InlineData("leaf", "leaf-key", "mid")] [InlineData("leaf", "leaf-key", "mid root")] [InlineData("leaf", "leaf-key-sec1", null)] [InlineData("rsa", "rsa-key", null)] [InlineData("rsa", "rsa-key-pkcs1", null)] [InlineData("p521", "p521-key", null)]
    public void Chains_and_keys_of_these_kinds_are_known(string body, string key, string? chain) => When(Upload(body, key, chain)).Then(Uploaded(body, key, chain));

    [Fact] public void Only_the_certificates_are_kept_of_what_stands_there() => When(new UploadServerCertificate("www", $"\r\n {Pem("leaf").Replace("\n", "\r\n", StringComparison.Ordinal)} \t", Pem("leaf-key"), null, $"{Pem("mid")}\n\n{Pem("root")}\n")).Then(Uploaded("leaf", "leaf-key", "mid root"));

    [Theory]
    [InlineData("rsa", "rsa-key", "leaf-key")] [InlineData("leaf", "leaf-key", "rsa-key")] [InlineData("leaf", "leaf-key", "p521-key")] [InlineData("rsa", "rsa-key", "mid-key")]
    public void The_key_has_to_be_the_certificates(string body, string right, string wrong)
    {
        When(Upload(body, right)).Then(Uploaded(body, right));
        When(Upload(body, wrong)).ThenRefused("KeyPairMismatch");
    }

    [Theory]
    [InlineData("leaf-key-encrypted")] [InlineData("leaf-key-encrypted-sec1")] [InlineData("leaf-public")] [InlineData("leaf")] [InlineData("ed25519-key")]
    public void The_key_has_to_be_one_that_can_be_used(string key) => When(Upload("leaf", key)).ThenRefused("MalformedCertificate");

    [Fact]
    public void A_key_whose_parts_do_not_fit_each_other_is_refused()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(Pem("rsa-key"));
        var der = rsa.ExportRSAPrivateKey();
        der[300] ^= 1; // within the private exponent
        When(new UploadServerCertificate("www", Pem("rsa"), PemEncoding.WriteString("RSA PRIVATE KEY", der))).ThenRefused("MalformedCertificate");
    }

    [Theory]
    [InlineData("leaf", "root")] [InlineData("leaf", "root mid")] [InlineData("leaf", "mid mid")] [InlineData("leaf", "mid rsa")] [InlineData("leaf", "leaf")] [InlineData("leaf", "impostor")] [InlineData("leaf", "mid root root")] [InlineData("leaf", "leaf-key")] [InlineData("loop-a", "loop-b loop-a")]
    public void Each_of_the_chain_has_to_certify_the_one_before_and_none_comes_twice(string body, string chain) => When(Upload(body, "leaf-key", chain)).ThenRefused("MalformedCertificate");

    [Fact] public void A_chain_has_twenty_at_most() => When(Upload("leaf", "leaf-key", string.Join(' ', Enumerable.Repeat("mid", 21)))).ThenRefused("MalformedCertificate", "CertificateChain: there are more than 20 certificates.");
    [Theory, InlineData("expired"), InlineData("early")] public void It_has_to_be_in_force(string body) => When(Upload(body, "leaf-key")).ThenRefused("MalformedCertificate");
    [Fact] public void Of_Ed25519_the_platform_knows_nothing() => When(Upload("ed25519", "ed25519-key")).ThenRefused("MalformedCertificate");
    [Fact] public void There_is_one_certificate() => When(new UploadServerCertificate("www", $"{Pem("leaf")}\n{Pem("mid")}", Pem("leaf-key"))).ThenRefused("MalformedCertificate", "CertificateBody: there is more than one certificate.");

    [Theory]
    [InlineData("")] [InlineData("nothing")] [InlineData("-----BEGIN CERTIFICATE-----")] [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")] [InlineData("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----")] [InlineData("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----")]
    [InlineData("-----END CERTIFICATE----------BEGIN CERTIFICATE-----")]
    public void What_is_no_certificate_is_refused(string text)
    {
        When(new UploadServerCertificate("www", $" {text}", Pem("leaf-key"))).ThenRefused("MalformedCertificate");
        When(new UploadServerCertificate("www", Pem("leaf"), Pem("leaf-key"), null, $" {text}")).ThenRefused("MalformedCertificate");
        When(new UploadServerCertificate("www", Pem("leaf"), $" {text}")).ThenRefused("MalformedCertificate");
    }

    [Fact]
    public void Whatever_is_changed_in_one_it_is_kept_or_refused_and_never_anything_else()
    {
        var random = new Random(11);
        for (var i = 0; i < 1500; i++)
        {
            string[] texts = [Pem("leaf"), Pem("leaf-key"), Pem("mid") + "\n" + Pem("root")];
            var which = i % 3;
            if (i % 2 is 0)
            {
                var der = Convert.FromBase64String(string.Concat(texts[which].Split('\n').TakeWhile(line => !line.StartsWith("-----END", StringComparison.Ordinal)).Skip(1)));
                for (var changes = random.Next(1, 4); changes > 0; changes--) der[random.Next(der.Length)] = (byte)random.Next(256);
                texts[which] = PemEncoding.WriteString(which is 1 ? "PRIVATE KEY" : "CERTIFICATE", random.Next(4) is 0 ? der[..random.Next(der.Length)] : der);
            }
            else texts[which] = random.Next(2) is 0 ? texts[which][..random.Next(1, texts[which].Length)] : texts[which].Remove(random.Next(texts[which].Length - 5), random.Next(1, 5));
            new UploadServerCertificate("www", texts[0], texts[1], null, texts[2]).Decide(Directory, CallOf(null)).Refusal?.Code.ShouldBeOneOf("MalformedCertificate", "KeyPairMismatch");
        }
    }

    [Fact]
    public void The_longest_texts_are_judged_quickly()
    {
        const int most = 2_097_152;
        var begin = "-----BEGIN CERTIFICATE-----\n";
        var watch = Stopwatch.StartNew();
        foreach (var text in (string[])[new('A', most), string.Concat(Enumerable.Repeat(begin, most / begin.Length)), begin + new string('A', most - 60) + "-----END CERTIFICATE-----", new(' ', most), string.Concat(Enumerable.Repeat(Pem("mid") + "\n", most / (Pem("mid").Length + 1)))])
        {
            When(new UploadServerCertificate("www", Pem("leaf"), Pem("leaf-key"), null, text)).ThenRefused("MalformedCertificate");
            When(new UploadServerCertificate("www", text[..16_384], Pem("leaf-key"))).ThenRefused("MalformedCertificate");
            When(new UploadServerCertificate("www", Pem("leaf"), text[..16_384])).ThenRefused("MalformedCertificate");
        }
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact] public void The_name_must_be_free() => Given(Www).When(new UploadServerCertificate("WWW", Pem("leaf"), Pem("leaf-key"))).ThenRefused("EntityAlreadyExists", "The Server Certificate with name www already exists.");
    [Fact] public void There_are_twenty_at_most() => Given([.. Enumerable.Range(0, 20).Select(i => Www with { ServerCertificateId = $"ASCAWWW00000000000{i:D2}", ServerCertificateName = $"w{i}" })])
        .When(Upload("leaf", "leaf-key")).ThenRefused("LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 20");
    [Fact] public void They_are_counted() => (Given(Www), Ask(new GetAccountSummary()).SummaryMap).Item2.Where(number => number.Key.StartsWith("ServerCert", StringComparison.Ordinal)).Select(number => number.Value).ShouldBe([1, 20]);

    [Fact] public void One_is_shown_without_its_key() => Given(Www with { CertificateChain = Pem("mid") }, new ServerCertificateTagged(WwwId, "team", "blue")).When(new GetServerCertificate("WWW"))
        .ThenAnswers($$$"""{"ServerCertificate":{"ServerCertificateMetadata":{{{Meta}}},"CertificateBody":"{{{Pem("leaf").Replace("\n", "\\n", StringComparison.Ordinal)}}}","CertificateChain":"{{{Pem("mid").Replace("\n", "\\n", StringComparison.Ordinal)}}}","Tags":[{"Key":"team","Value":"blue"}]}}""");
    [Fact] public void They_are_listed_by_path() => Given(Www, Www with { ServerCertificateId = "ASCAWWW0000000000002", ServerCertificateName = "mail", Path = "/" }).When(new ListServerCertificates("/cloudfront/")).ThenAnswers($$$"""{"ServerCertificateMetadataList":[{{{Meta}}}],"IsTruncated":false}""");
    [Fact] public void In_pages_by_name()
    {
        Given(Www, Www with { ServerCertificateId = "ASCAWWW0000000000002", ServerCertificateName = "mail" });
        var page = Ask(new ListServerCertificates(MaxItems: 1));
        (page.ServerCertificateMetadataList.Single().ServerCertificateName.Value, page.IsTruncated).ShouldBe(("mail", true));
        Ask(new ListServerCertificates(Marker: page.Marker)).ServerCertificateMetadataList.Single().ServerCertificateName.Value.ShouldBe("www");
    }

    [Fact] public void One_gets_another_name_and_path() => Given(Www).When(new UpdateServerCertificate("WWW", "/new/", "web")).Then(new ServerCertificateRenamed(WwwId, "web", "/new/"));
    [Fact] public void Or_its_own_in_another_case() => Given(Www).When(new UpdateServerCertificate("www", null, "WWW")).Then(new ServerCertificateRenamed(WwwId, "WWW", "/cloudfront/"));
    [Fact] public void The_same_is_no_change() => Given(Www).When(new UpdateServerCertificate("www", "/cloudfront/", "www")).Then();
    [Fact] public void Not_another_ones() => Given(Www, Www with { ServerCertificateId = "ASCAWWW0000000000002", ServerCertificateName = "mail" }).When(new UpdateServerCertificate("www", null, "MAIL")).ThenRefused("EntityAlreadyExists");
    [Fact] public void A_deleted_ones_tags_go_with_it() => Given(Www, new ServerCertificateTagged(WwwId, "team", "blue")).When(new DeleteServerCertificate("WWW")).Then(new ServerCertificateUntagged(WwwId, "team"), new ServerCertificateDeleted(WwwId));
    [Fact] public void In_the_order_of_their_keys()
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(number => $"key-{number * 7 % 40:D2}")];
        Given([Www, .. keys.Select(key => new ServerCertificateTagged(WwwId, key, "value"))]).When(new DeleteServerCertificate("www"))
            .Then([.. keys.Order(StringComparer.Ordinal).Select(key => new ServerCertificateUntagged(WwwId, key)), new ServerCertificateDeleted(WwwId)]);
    }

    [Fact] public void One_is_tagged() => Given(Www).When(new TagServerCertificate("WWW", [new("team", "blue")])).Then(new ServerCertificateTagged(WwwId, "team", "blue"));
    [Fact] public void And_untagged() => Given(Www, new ServerCertificateTagged(WwwId, "team", "blue")).When(new UntagServerCertificate("www", ["TEAM", "note"])).Then(new ServerCertificateUntagged(WwwId, "TEAM"));
    [Fact] public void Its_tags_are_listed() => Given(Www, new ServerCertificateTagged(WwwId, "team", "blue")).When(new ListServerCertificateTags("www")).ThenAnswers("""{"Tags":[{"Key":"team","Value":"blue"}],"IsTruncated":false}""");

    [Fact]
    public void It_must_exist()
    {
        const string missing = "The Server Certificate with name www cannot be found.";
        foreach (var command in (ICommand[])[new UpdateServerCertificate("www"), new DeleteServerCertificate("www"), new TagServerCertificate("www", []), new UntagServerCertificate("www", [])]) When(command).ThenRefused("NoSuchEntity", missing);
        foreach (var query in (IQuery[])[new GetServerCertificate("www"), new ListServerCertificateTags("www")]) When(query).ThenRefused("NoSuchEntity", missing);
    }

    [Fact]
    public void Its_tags_are_condition_keys()
    {
        Given(Alice, AliceKeyCreated, Www, new ServerCertificateTagged(WwwId, "team", "blue"), new UserPolicyPut(AliceId, "own",
            """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:DeleteServerCertificate","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue"}}}}"""));
        When(new DeleteServerCertificate("www"), AsAlice).Then(new ServerCertificateUntagged(WwwId, "team"), new ServerCertificateDeleted(WwwId));
        Given(new ServerCertificateTagged(WwwId, "team", "red")).When(new DeleteServerCertificate("www"), AsAlice).ThenRefused("AccessDenied");
    }
}
