using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>Against the example of AWS's Signature Version 4 documentation; what else AWS published is in <see cref="SignatureVectorsTests"/>.</summary>
public sealed class SignatureV4Tests
{
    static readonly Secret Secret = new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact] public void The_example_of_the_documentation_gives_its_canonical_form_hash_and_signature()
    {
        KeyValuePair<string, string>[] headers =
        [
            new("Host", "iam.amazonaws.com"), new("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), new("X-Amz-Date", "20150830T123600Z"),
        ];
        var scope = new SigningScope("20150830", "us-east-1", "iam");

        var canonical = SignatureV4.CanonicalRequest("GET", "/", "Action=ListUsers&Version=2010-05-08", headers, ["content-type", "host", "x-amz-date"], EmptyHash);
        canonical.ShouldBe(
            "GET\n/\nAction=ListUsers&Version=2010-05-08\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n"
            + $"x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n{EmptyHash}");
        var text = SignatureV4.StringToSign("20150830T123600Z", scope, canonical);
        text.ShouldBe("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
        SignatureV4.Sign(SignatureV4.DeriveKey(Secret, scope), text).ShouldBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }

    [Fact] public void The_key_of_the_documentation_is_derived() =>
        Convert.ToHexStringLower(SignatureV4.DeriveKey(Secret, new("20150830", "us-east-1", "iam")))
            .ShouldBe("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");

    [Theory]
    [InlineData("", "")]
    [InlineData("b=2&a=1", "a=1&b=2")]
    [InlineData("a=2&a=1&a", "a=&a=1&a=2")]
    [InlineData("a-b=1&a=2", "a=2&a-b=1")] // by name first: '-' sorts before '='
    [InlineData("B=1&a=2", "B=1&a=2")]
    [InlineData("a=x%20y&b=x+y&c=x%2By", "a=x%20y&b=x%20y&c=x%2By")]
    [InlineData("a=%7e%2f%c3%a9é*", "a=~%2F%C3%A9%C3%A9%2A")]
    [InlineData("a=b=c&&d", "a=b%3Dc&d=")]
    [InlineData("a=100%&b=%zz%4", "a=100%25&b=%25zz%254")]
    public void A_query_is_sorted_by_encoded_name_then_value(string query, string canonical) => SignatureV4.CanonicalQuery(query).ShouldBe(canonical);

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("/accounts/123456789012/CreateUser", "/accounts/123456789012/CreateUser")]
    [InlineData("/a%20b+~/%c3%a9/", "/a%2520b%2B~/%25c3%25a9/")]
    [InlineData("/é", "/%C3%A9")]
    [InlineData("/a%2Fb", "/a%252Fb")] // an encoded slash does not become one
    [InlineData("/a/../b//c", "/b/c")]
    [InlineData("/a/./.b/..c/", "/a/.b/..c/")]
    [InlineData("/../..", "/")]
    [InlineData("//", "/")]
    public void A_path_is_normalised_and_encoded_once_more(string path, string canonical) => SignatureV4.CanonicalPath(path).ShouldBe(canonical);

    [Theory]
    [InlineData("  a   b  c ", "a b c")]
    [InlineData("\"a   b\"", "\"a b\"")]
    [InlineData("\ta\t", "a")]
    [InlineData("", "")]
    public void A_headers_value_is_trimmed_and_its_spaces_folded(string value, string canonical) =>
        SignatureV4.CanonicalRequest("GET", "/", "", [new("X", value)], ["x"], EmptyHash).ShouldContain($"\nx:{canonical}\n");

    [Fact] public void A_repeated_header_is_joined_in_the_order_sent() =>
        SignatureV4.CanonicalRequest("GET", "/", "", [new("My-Header", "2"), new("Other", "x"), new("my-header", " 1 ")], ["my-header"], EmptyHash)
            .ShouldBe($"GET\n/\n\nmy-header:2,1\n\nmy-header\n{EmptyHash}");

    [Fact] public void A_date_is_read_as_it_is_written() =>
        SignatureV4.ReadDate("20261124T050607Z").ShouldBe(new DateTimeOffset(2026, 11, 24, 5, 6, 7, TimeSpan.Zero));

    [Theory]
    [InlineData("2026-11-24T05:06:07Z")] [InlineData("20261324T050607Z")] [InlineData("20261124T050607")] [InlineData(" 20261124T050607Z")] [InlineData("")]
    public void Another_form_of_date_is_none(string text) => SignatureV4.ReadDate(text).ShouldBeNull();
}
