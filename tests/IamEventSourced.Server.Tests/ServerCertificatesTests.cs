using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Server certificates over the doors, with their private keys in the store of secrets.</summary>
public class ServerCertificatesTests(PostgresFixture postgres)
{
    static readonly (string, string)[] Fields = [("ServerCertificateName", "www"), ("Path", "/cloudfront/"), ("CertificateBody", Certificates.Pem("leaf")), ("PrivateKey", Certificates.Pem("leaf-key")), ("CertificateChain", Certificates.Pem("mid"))];

    [Fact]
    public async Task The_private_key_is_kept_sealed_and_goes_with_the_certificate()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Form("UploadServerCertificate", server.Root, fields: Fields)).Status.ShouldBe(200);
        var shown = await server.Form("GetServerCertificate", server.Root, fields: ("ServerCertificateName", "WWW"));
        shown.Body.ShouldContain("<Expiration>2119-12-31T23:59:59");
        shown.Body.ShouldContain(Certificates.Pem("mid"));
        shown.Body.ShouldNotContain("PRIVATE KEY");
        var id = (await server.Client().Ask(new GetServerCertificate("www"))).Answer!.ServerCertificate.ServerCertificateMetadata.ServerCertificateId.Value;
        (await Kept()).ShouldBe(1);
        (await server.Node(0).GetRequiredService<AccountStore>().ReadSecrets(server.Account, default)).Sealed.Keys.ShouldBe([SecretKind.AccessKey.Of(server.Root.Id)], "a node holds the secrets of access keys alone");

        (await server.Form("DeleteServerCertificate", server.Root, fields: ("ServerCertificateName", "www"))).Status.ShouldBe(200);
        (await Kept()).ShouldBe(0);
        (await server.Client().Send(new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")))).Refusal.ShouldBeNull();
        (await Kept()).ShouldBe(0); // the other has another id

        async Task<long> Kept() => (long)(await server.Query($"select count(*) from iam.secrets where kind = 'private-key' and credential_id = '{id}'")).Single()[0]!;
    }

    [Theory]
    [InlineData("KeyPairMismatch", "PrivateKey", "rsa-key")] [InlineData("MalformedCertificate", "PrivateKey", "leaf-key-encrypted")] [InlineData("MalformedCertificate", "CertificateBody", "expired")] [InlineData("MalformedCertificate", "CertificateChain", "root")]
    public async Task What_does_not_fit_is_refused_with_AWSs_codes(string code, string field, string pem)
    {
        await using var server = await ServerFixture.Start(postgres);
        var reply = await server.Form("UploadServerCertificate", server.Root, fields: [.. Fields.Select(one => one.Item1 == field ? (field, Certificates.Pem(pem)) : one)]);
        (reply.Status, reply.Code).ShouldBe((400, code));
        reply.Body.ShouldNotContain("MIG");
        (await server.Query("select count(*) from iam.secrets where kind = 'private-key'")).Single()[0].ShouldBe(0L);
    }
}
