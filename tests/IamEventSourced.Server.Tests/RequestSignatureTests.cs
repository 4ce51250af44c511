using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using static IamEventSourced.Server.Tests.Signing;

namespace IamEventSourced.Server.Tests;

/// <summary>Every check of a signature: a good request passes, and the same request with just this wrong is refused.</summary>
public sealed class RequestSignatureTests
{
    const string Missing = "MissingAuthenticationToken 403";
    const string Incomplete = "IncompleteSignature 400";
    const string Mismatch = "SignatureDoesNotMatch 403";
    const string Expired = "RequestExpired 400";
    const string NoKey = "InvalidClientTokenId 403";

    [Fact] public void A_good_request_passes() => Good.Result().ShouldBe("true");

    [Fact] public void What_was_read_is_what_was_signed()
    {
        var signature = RequestSignature.Read(Good.Request(), Aws, Now).Value!;
        (signature.Key, signature.Date, signature.Scope).ShouldBe((Signing.Key, "20261124T050607Z", new SigningScope("20261124", "eu-central-1", "iam")));
        signature.ToString().ShouldBe("signature of AKIAIOSFODNN7EXAMPLE");
    }

    // 1 the scheme
    [Theory]
    [InlineData("")] [InlineData(null)]
    public void Unsigned_is_missing(string? authorization)
    {
        var request = Good.Request();
        var headers = request.Headers.Where(header => header.Key != "Authorization");
        Result(request with { Headers = [.. authorization is null ? headers : headers.Append(new("Authorization", authorization))] }).ShouldBe(Missing);
    }

    [Theory]
    [InlineData("Basic YTpi")] [InlineData("Bearer abc")] [InlineData("AWS4-ECDSA-P256-SHA256")] [InlineData("aws4-hmac-sha256")] [InlineData("AWS4-HMAC-SHA256x")]
    public void Another_scheme_is_refused(string scheme) =>
        (Good with { Authorization = text => text.Replace("AWS4-HMAC-SHA256", scheme, StringComparison.Ordinal) }).Result().ShouldBe(Incomplete);

    // 2 all parts, once
    [Theory]
    [InlineData("Credential")] [InlineData("SignedHeaders")] [InlineData("Signature")]
    public void A_part_is_missing(string part) =>
        (Good with { Authorization = text => string.Join(", ", text.Split(", ").Select(p => p.Contains(part + "=", StringComparison.Ordinal) ? (p.StartsWith("AWS4", StringComparison.Ordinal) ? "AWS4-HMAC-SHA256 " : "") : p)) })
            .Result().ShouldBe(Incomplete);

    [Theory]
    [InlineData(", Signature=00")] [InlineData(", Credential=a/b/c/d/e")] [InlineData(", SignedHeaders=host")] [InlineData(", Other=1")] [InlineData(", other")]
    public void A_part_is_doubled_or_unknown(string more) => (Good with { Authorization = text => text + more }).Result().ShouldBe(Incomplete);

    [Fact] public void Parts_may_come_in_any_order_and_without_spaces() =>
        (Good with { Authorization = text => "AWS4-HMAC-SHA256 " + string.Join(',', text["AWS4-HMAC-SHA256 ".Length..].Split(", ").Reverse()) }).Result().ShouldBe("true");

    [Fact] public void Nothing_but_the_scheme_is_incomplete() => (Good with { Authorization = _ => "AWS4-HMAC-SHA256" }).Result().ShouldBe(Incomplete);

    [Fact] public void Two_Authorization_headers_are_refused()
    {
        var request = Good.Request();
        Result(request with { Headers = [.. request.Headers, request.Headers[^1]] }).ShouldBe(Incomplete);
    }

    [Theory]
    [InlineData("20261124/eu-central-1/iam")] [InlineData("20261124/eu-central-1/iam/aws4_request/more")]
    public void A_credential_has_five_parts(string scope) => (Good with { Scope = scope }).Result().ShouldBe(Incomplete);

    [Fact] public void A_credential_names_a_key() => (Good with { KeyId = "" }).Result().ShouldBe(Incomplete);

    [Theory]
    [InlineData("Host;content-type;x-amz-date")] [InlineData("host;content-type;x-amz-date")] [InlineData("content-type;host;host;x-amz-date")] [InlineData("content-type;host;x-amz-date;")]
    public void Signed_headers_are_lower_case_sorted_and_each_once(string names) => (Good with { SignedHeaders = names }).Result().ShouldBe(Incomplete);

    // 3 the date
    [Fact] public void No_date_is_incomplete() => Good.Without("X-Amz-Date").Result().ShouldBe(Incomplete);
    [Fact] public void Two_dates_are_refused() => Good.With("x-amz-date", "20261124T050607Z").Result().ShouldBe(Incomplete);
    [Fact] public void A_date_of_another_form_is_refused() => Good.Without("X-Amz-Date").With("X-Amz-Date", "2026-11-24T05:06:07Z").Result().ShouldBe(Incomplete);
    [Fact] public void The_other_form_is_for_Date_only() => Good.Without("X-Amz-Date").With("X-Amz-Date", "Tue, 24 Nov 2026 05:06:07 GMT").Result().ShouldBe(Incomplete);
    [Theory]
    [InlineData("Tue, 24 Nov 2026 05:06:07 GMT")] [InlineData("20261124T050607Z")]
    public void Date_will_do(string date) => Good.Without("X-Amz-Date").With("Date", date).Result().ShouldBe("true");
    [Fact] public void XAmzDate_goes_before_Date() => Good.With("Date", "Mon, 23 Nov 2020 05:06:07 GMT").Result().ShouldBe("true");
    [Fact] public void The_scopes_date_is_the_requests() => (Good with { Scope = "20261123/eu-central-1/iam/aws4_request" }).Result().ShouldBe(Mismatch);

    // 4 service and region
    [Fact] public void The_other_service_of_the_door_passes() => (Good with { Scope = "20261124/eu-central-1/sts/aws4_request" }).Result().ShouldBe("true");
    [Fact] public void A_service_that_is_not_the_doors_is_refused() => (Good with { Scope = "20261124/eu-central-1/s3/aws4_request" }).Result().ShouldBe(Mismatch);
    [Fact] public void The_terminator_is_aws4_request() => (Good with { Scope = "20261124/eu-central-1/iam/aws5_request" }).Result().ShouldBe(Mismatch);
    [Fact] public void Any_region_passes() => (Good with { Scope = "20261124/mars-1/iam/aws4_request" }).Result().ShouldBe("true");
    [Fact] public void The_configured_region_passes() => Good.Result(Aws with { Region = "eu-central-1" }).ShouldBe("true");
    [Fact] public void Another_than_the_configured_region_is_refused() => Good.Result(Aws with { Region = "us-east-1" }).ShouldBe(Mismatch);
    [Theory]
    [InlineData("")] [InlineData("eu central")] [InlineData("eu\ncentral")]
    public void A_region_that_is_none_is_refused(string region) => (Good with { Scope = $"20261124/{region}/iam/aws4_request" }).Result().ShouldBe(Mismatch);

    // 5 the clock
    [Theory]
    [InlineData(300, "true")] [InlineData(-300, "true")] [InlineData(301, Mismatch)] [InlineData(-301, Mismatch)] [InlineData(86400, Mismatch)]
    public void The_clock_may_be_five_minutes_off(int seconds, string result) => Good.Result(now: Now.AddSeconds(seconds)).ShouldBe(result);

    // 6 what must be signed
    [Fact] public void Host_must_be_signed() => (Good with { SignedHeaders = "content-type;x-amz-date" }).Result().ShouldBe(Mismatch);
    [Fact] public void Host_must_be_sent() => (Good.Without("Host") with { SignedHeaders = "content-type;host;x-amz-date" }).Result().ShouldBe(Incomplete);
    [Fact] public void Host_must_be_one() => Good.With("host", "other").Result().ShouldBe(Incomplete);
    [Fact] public void The_date_must_be_signed() => (Good with { SignedHeaders = "content-type;host" }).Result().ShouldBe(Mismatch);
    [Fact] public void Date_must_be_signed_where_it_counts() =>
        (Good.Without("X-Amz-Date").With("Date", "Tue, 24 Nov 2026 05:06:07 GMT") with { SignedHeaders = "content-type;host" }).Result().ShouldBe(Mismatch);
    [Fact] public void A_signed_header_must_be_sent() => (Good with { SignedHeaders = "content-type;host;x-amz-date;x-more" }).Result().ShouldBe(Mismatch);

    [Theory]
    [InlineData("X-Amz-Target", "x")] [InlineData("x-amz-meta-a", "x")] [InlineData("Idempotency-Key", "c1")] [InlineData("If-Match", "\"1\"")] [InlineData("Iam-Consistency", "newest")]
    public void What_changes_the_meaning_must_be_signed(string name, string value)
    {
        Good.With(name, value).Result().ShouldBe("true");
        (Good.With(name, value) with { SignedHeaders = "content-type;host;x-amz-date" }).Result().ShouldBe(Mismatch);
    }

    [Fact] public void The_content_type_must_be_signed() => (Good with { SignedHeaders = "host;x-amz-date" }).Result().ShouldBe(Mismatch);
    [Fact] public void The_rest_need_not_be() => (Good.With("User-Agent", "x").With("amz-sdk-request", "attempt=1") with { SignedHeaders = "content-type;host;x-amz-date" }).Result().ShouldBe("true");

    // 7–10 everything that is signed counts
    public static TheoryData<string> Changes => ["method", "path", "query", "host", "date", "type", "body", "key", "region", "service", "signature", "upper case", "short", "no hex"];

    [Theory, MemberData(nameof(Changes))]
    public void Whatever_is_changed_afterwards_the_signature_is_anothers(string what)
    {
        var request = Good.Request();
        PlainRequest Header(string name, Func<string, string> change) =>
            request with { Headers = [.. request.Headers.Select(header => header.Key == name ? KeyValuePair.Create(name, change(header.Value)) : header)] };
        string Signature(Func<string, string> change, string text) => text[..^64] + change(text[^64..]);
        var changed = what switch
        {
            "method" => request with { Method = "GET" },
            "path" => request with { Target = "/x" },
            "query" => request with { Target = "/?a" },
            "host" => Header("Host", _ => "127.0.0.1:8081"),
            "date" => Header("X-Amz-Date", _ => "20261124T050608Z"),
            "type" => Header("Content-Type", _ => "text/plain"),
            "body" => request with { Body = "Action=CreateUser&Version=2010-05-08&UserName=alicf"u8.ToArray() },
            "key" => request,
            "region" => Header("Authorization", text => text.Replace("eu-central-1", "eu-central-2", StringComparison.Ordinal)),
            "service" => Header("Authorization", text => text.Replace("/iam/", "/sts/", StringComparison.Ordinal)),
            "signature" => Header("Authorization", text => Signature(s => s[..^1] + (s[^1] is '0' ? '1' : '0'), text)),
            "upper case" => Header("Authorization", text => Signature(s => s.ToUpperInvariant(), text)),
            "short" => Header("Authorization", text => text[..^1]),
            _ => Header("Authorization", text => Signature(_ => "é", text)),
        };
        var signature = RequestSignature.Read(changed, Aws, Now).Value.ShouldNotBeNull();
        signature.Matches(what is "key" ? new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ") : Signing.Secret).ShouldBeFalse();
    }

    [Fact] public void A_target_that_is_no_path_is_refused() => (Good with { Target = "http://127.0.0.1:8080/" }).Result().ShouldBe(Incomplete);

    [Fact] public void The_bodys_hash_may_be_sent() => Good.With("X-Amz-Content-Sha256", SignatureV4.PayloadHash(Encoding.UTF8.GetBytes(Good.Body))).Result().ShouldBe("true");

    [Theory]
    [InlineData("UNSIGNED-PAYLOAD")] [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")] [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER")] [InlineData("")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Another_hash_is_refused_even_when_it_is_what_was_signed(string hash) =>
        (Good.With("X-Amz-Content-Sha256", hash) with { PayloadHash = hash }).Result().ShouldBe(Mismatch);

    [Fact] public void An_unsigned_payload_does_not_match_either() => (Good with { PayloadHash = "UNSIGNED-PAYLOAD" }).Result().ShouldBe("false");

    // 11 the key
    [Theory]
    [InlineData("akiaiosfodnn7example")] [InlineData("AKIA")] [InlineData("AKIA-OSFODNN7EXAMPLE")]
    public void A_key_that_cannot_be_ours_is_not_known(string key) => (Good with { KeyId = key }).Result().ShouldBe(NoKey);
    [Fact] public void A_token_is_read_signed_or_not()
    {
        foreach (var signing in (Signing[])[Good.With("X-Amz-Security-Token", "abc"), Good.With("X-Amz-Security-Token", "abc") with { SignedHeaders = "content-type;host;x-amz-date" }])
            RequestSignature.Read(signing.Request(), Aws, Now).Value!.SessionToken.ShouldBe("abc");
        RequestSignature.Read(Good.Request(), Aws, Now).Value!.SessionToken.ShouldBeNull();
    }
    [Fact] public void Two_tokens_are_no_credentials() => Good.With("X-Amz-Security-Token", "abc").With("X-Amz-Security-Token", "abd").Result().ShouldBe(NoKey);
    [Fact] public void Nobody_matches() => RequestSignature.Read(Good.Request(), Aws, Now).Value!.MatchesNobody().ShouldBeFalse();

    // Earlier checks answer first: two faults at once
    public static TheoryData<string, string> Pairs => new()
    {
        { "unsigned host + no signature", Incomplete }, { "scope date + other service", Mismatch }, { "no signature + expired", Incomplete },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Of_two_faults_the_earlier_is_told(string what, string result) => (what switch
    {
        "unsigned host + no signature" => Good with { SignedHeaders = "content-type;x-amz-date", Authorization = text => text.Split(", Signature")[0] },
        "scope date + other service" => Good with { Scope = "20261123/eu-central-1/s3/aws4_request" },
        _ => Good with { Authorization = text => text.Split(", Signature")[0] },
    }).Result(now: Now.AddHours(1)).ShouldBe(result);

    // In the query
    static PlainRequest Presigned(string query, string host = "localhost:5080") => new("GET", "/?" + query, [new("Host", host)], default);
    const string Query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Feu-central-1%2Fsts%2Faws4_request"
        + "&X-Amz-Date=20261124T050607Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=c3e015a352415b59e4435e7c1987d90492193b0e4be7d53db6274a7824a2dd07";

    [Theory]
    [InlineData(0, "true")] [InlineData(900, "true")] [InlineData(901, Expired)] [InlineData(-300, "true")] [InlineData(-301, Mismatch)]
    public void A_request_signed_in_its_query_lives_as_long_as_it_says(int seconds, string result) => Result(Presigned(Query), now: Now.AddSeconds(seconds)).ShouldBe(result);

    [Theory]
    [InlineData("X-Amz-Expires=900", "X-Amz-Expires=604801", Incomplete)]
    [InlineData("X-Amz-Expires=900", "X-Amz-Expires=604800", "false")]
    [InlineData("X-Amz-Expires=900", "X-Amz-Expires=0", Incomplete)]
    [InlineData("X-Amz-Expires=900", "X-Amz-Expires=-1", Incomplete)]
    [InlineData("X-Amz-Expires=900", "X-Amz-Expires=899", "false")]
    [InlineData("X-Amz-Expires=900&", "", Incomplete)]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-HMAC-SHA1", Incomplete)]
    [InlineData("X-Amz-Date=20261124T050607Z", "X-Amz-Date=20261124", Incomplete)]
    [InlineData("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=x", Mismatch)]
    [InlineData("&X-Amz-Signature=", "&X-Amz-Signature=00&X-Amz-Signature=", Incomplete)]
    [InlineData("&X-Amz-Signature=", "&X-Amz-Security-Token=abc&X-Amz-Signature=", "false")]
    [InlineData("&X-Amz-Signature=", "&X-Amz-Security-Token=abc&X-Amz-Security-Token=abc&X-Amz-Signature=", Incomplete)]
    [InlineData("&X-Amz-Signature=", "&x-amz-other=abc&X-Amz-Signature=", Incomplete)]
    [InlineData("%2Fsts%2F", "%2Fs3%2F", Mismatch)]
    [InlineData("GetCallerIdentity", "ListUsers", "false")]
    public void What_is_wrong_in_the_query_is_refused(string right, string wrong, string result) => Result(Presigned(Query.Replace(right, wrong, StringComparison.Ordinal))).ShouldBe(result);

    [Fact] public void A_header_that_was_not_signed_with_the_query_is_refused() =>
        Result(Presigned(Query) with { Headers = [new("Host", "localhost:5080"), new("Idempotency-Key", "c1")] }).ShouldBe(Mismatch);

    [Fact] public void Signed_in_header_and_query_is_refused() => (Good with { Target = "/?" + Query }).Result().ShouldBe(Incomplete);

    // Made once with botocore 1.43.11's SigV4Auth and SigV4QueryAuth at a fixed time; 1.29.27 (Debian) has the same algorithm.
    public static TheoryData<string, string, string, string, string> OfBotocore => new()
    {
        { "POST", "/", "Host: 127.0.0.1:8080|Content-Type: application/x-www-form-urlencoded; charset=utf-8|User-Agent: Botocore/1.43.11|X-Amz-Date: 20261124T050607Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=089c2c95b42fbdb0ff8dc840c66588faf5ab7c61789911db529c0f7b4e236978",
            "Action=CreateUser&Version=2010-05-08&UserName=alice", "2026-11-24T05:06:07Z" },
        { "POST", "/", "Host: 127.0.0.1:8080|Content-Type: application/x-www-form-urlencoded; charset=utf-8|X-Amz-Date: 20261124T050607Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=7fc242a403f7bf7a11fdec231477638a9cbb0c116c0f3581ca2a116a62ea58e2",
            "Action=GetCallerIdentity&Version=2011-06-15", "2026-11-24T05:06:07Z" },
        { "POST", "/accounts/123456789012/CreateUser", "Host: iam.example.com|Content-Type: application/json|Idempotency-Key: cmd-1|If-Match: \"17\"|X-Amz-Meta:   two   spaces  |X-Amz-Date: 20261124T050607Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/iam/aws4_request, SignedHeaders=content-type;host;idempotency-key;if-match;x-amz-date;x-amz-meta, Signature=488724b32c4aab6cb32f9ecccf6d5a3afd300822dcaa30298ce07395fb2f9964",
            "{\"UserName\":\"alïce\"}", "2026-11-24T05:06:07Z" },
        { "GET", "/?Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa%20b%2F~%2A%C3%A9%2F&a-b=2&a=3&a=1", "Host: localhost:5080|X-Amz-Date: 20261124T050607Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=c97cfac84bc51e0f5649569207a9e9b4af148a1fdf81d4303e0017fcc97d087a",
            "", "2026-11-24T05:06:07Z" },
        // As its clients sent them over a socket, retry headers and all; the last by Debian's.
        { "POST", "/", "Host: 127.0.0.1:34255|Accept-Encoding: identity|Content-Type: application/x-www-form-urlencoded; charset=utf-8|X-Amz-Date: 20261124T221449Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=cd97db97cc8de4384943bd37d5bf40f07c5255f90fc7ad72a73d94bc36305866"
            + "|amz-sdk-invocation-id: 9b36b7a3-8f2b-4289-965a-f29168901048|amz-sdk-request: attempt=1|Content-Length: 233",
            "Action=PutUserPolicy&Version=2010-05-08&UserName=al%2Bi%3Dc%2Ce&PolicyName=p&PolicyDocument=%7B%22Statement%22%3A+%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A~%C3%BC+%E2%82%AC%22%7D%5D%7D",
            "2026-11-24T22:14:50Z" },
        { "POST", "/", "Host: 127.0.0.1:32957|Accept-Encoding: identity|Content-Type: application/x-www-form-urlencoded; charset=utf-8|User-Agent: Botocore/1.29.27 Python/3.11.7|X-Amz-Date: 20261124T221451Z"
            + "|Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-central-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=56d09ac3d36a04f059972d6129220e7ba810ff48ef6da520d6c556a99350ab13"
            + "|amz-sdk-invocation-id: 28ac1c91-0700-43ce-b3b5-9cf2892bff6f|amz-sdk-request: attempt=2; max=5|Content-Length: 51",
            "Action=CreateUser&Version=2010-05-08&UserName=alice", "2026-11-24T22:14:50Z" },
    };

    [Theory, MemberData(nameof(OfBotocore))]
    public void What_botocore_signed_passes(string method, string target, string headers, string body, string now)
    {
        var request = new PlainRequest(method, target, [.. headers.Split('|').Select(header => header.Split(": ", 2)).Select(header => KeyValuePair.Create(header[0], header[1]))], Encoding.UTF8.GetBytes(body));
        Result(request, now: DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe("true");
    }

    // The command id
    static Answer<CommandId> IdOf(Signing signing) => RequestSignature.Read(signing.Request(), Aws, Now).Value!.CommandIdOf();
    const string Invocation = "2aee7b8e-be00-4ce2-a723-88d090792e35";

    [Fact] public void The_idempotency_key_is_the_command_id() => IdOf(Good.With("Idempotency-Key", "c1").With("amz-sdk-invocation-id", Invocation)).Value!.Value.ShouldBe("c1");
    [Theory]
    [InlineData("no spaces")] [InlineData("é")]
    public void An_idempotency_key_that_is_none_is_refused(string key) => IdOf(Good.With("Idempotency-Key", key)).Refusal!.Code.ShouldBe("ValidationError");
    [Fact] public void Two_idempotency_keys_are_refused() => IdOf(Good.With("Idempotency-Key", "a").With("Idempotency-Key", "b")).Refusal!.Code.ShouldBe("ValidationError");
    [Fact] public void Else_an_invocation_id_that_is_signed() => IdOf(Good.With("amz-sdk-invocation-id", Invocation)).Value!.Value.ShouldBe(Invocation);

    [Fact] public void An_invocation_id_that_is_not_signed_counts_for_nothing()
    {
        var id = IdOf(Good.With("amz-sdk-invocation-id", Invocation) with { SignedHeaders = "content-type;host;x-amz-date" }).Value!;
        id.ShouldBe(IdOf(Good).Value);
        id.Value.ShouldMatch("^sig-[0-9a-f]{32}$");
    }

    [Fact] public void Another_request_has_another_id() => IdOf(Good with { Body = Good.Body + "x" }).Value.ShouldNotBe(IdOf(Good).Value);

    // From ASP.NET
    static DefaultHttpContext Context(byte[] body, long? length)
    {
        var context = new DefaultHttpContext();
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = "/a%2Fb?c=%20";
        (context.Request.Method, context.Request.Body, context.Request.ContentLength) = ("POST", new MemoryStream(body), length);
        context.Request.Headers.Append("X-A", new(["1", "2"]));
        return context;
    }

    [Fact] public async Task A_request_is_read_as_it_came()
    {
        var request = (await PlainRequest.ReadAsync(Context([1, 2, 3], 3).Request, TestContext.Current.CancellationToken)).Value!;
        (request.Method, request.Target, request.Path, request.Query).ShouldBe(("POST", "/a%2Fb?c=%20", "/a%2Fb", "c=%20"));
        request.Body.ToArray().ShouldBe([1, 2, 3]);
        request.Values("x-a").ShouldBe(["1", "2"]);
        request.ToString().ShouldBe("POST /a%2Fb");
    }

    [Theory]
    [InlineData(1 << 20, true, null)] [InlineData(1 << 20, false, null)] [InlineData((1 << 20) + 1, true, 413)] [InlineData((1 << 20) + 1, false, 413)]
    public async Task A_body_has_a_limit_whether_its_length_is_told_or_not(int length, bool told, int? status) =>
        ((await PlainRequest.ReadAsync(Context(new byte[length], told ? length : null).Request, TestContext.Current.CancellationToken)).Refusal?.Status).ShouldBe(status);

    [Fact] public async Task A_body_that_is_told_to_be_too_long_is_not_read()
    {
        var context = Context([1], PlainRequest.MaxBodyBytes + 1L);
        (await PlainRequest.ReadAsync(context.Request, TestContext.Current.CancellationToken)).Refusal!.Status.ShouldBe(413);
        context.Request.Body.Position.ShouldBe(0);
    }
}
