using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>Signatures that others made: AWS's published test suite, and botocore over random requests; and that nothing of such a request may be another.</summary>
public sealed class SignatureVectorsTests
{
    const string Mismatch = "SignatureDoesNotMatch";
    static readonly SigningDoor Aws = new(new HashSet<string> { "iam", "sts" });
    static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    // AWS's suite

    public static TheoryData<string> Suite => [.. File.ReadLines(Path.Combine(Data, "sigv4-suite.tsv")).Skip(1)];

    [Theory, MemberData(nameof(Suite))]
    public void A_case_of_AWSs_suite_has_its_signatures(string line)
    {
        var secret = new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        var (scope, date, empty) = (new SigningScope("20150830", "us-east-1", "service"), "20150830T123600Z", SignatureV4.PayloadHash([]));
        if (line.Split('\t') is not [_, var method, var target, var given, var quoted, var token, var isTokenSigned, var life, var inHeader, var inQuery]) throw new FormatException(line);
        var body = SignatureV4.PayloadHash(JsonSerializer.Deserialize<string>(quoted) is { } text ? Encoding.UTF8.GetBytes(text) : []);
        List<KeyValuePair<string, string>> headers = [.. JsonSerializer.Deserialize<string[][]>(given)!.Select(header => KeyValuePair.Create(header[0], header[1] is "of the body" ? body : header[1]))];
        var (path, query) = target.Split('?', 2) is [var p, var q] ? (p, q) : (target, "");

        List<KeyValuePair<string, string>> dated = [.. headers, new("X-Amz-Date", date)];
        if (token is not "" && isTokenSigned is "yes") dated.Add(new("X-Amz-Security-Token", token));
        Sign(query, dated).ShouldBe(inHeader);

        headers.RemoveAll(header => header.Key is "x-amz-content-sha256"); // only in the other form
        string names = string.Join("%3B", Names(headers)), session = token is not "" && isTokenSigned is "yes" ? $"&X-Amz-Security-Token={Uri.EscapeDataString(token)}" : "";
        Sign($"{query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires={life}{session}&X-Amz-SignedHeaders={names}".TrimStart('&'), headers).ShouldBe(inQuery);

        string Sign(string query, IReadOnlyList<KeyValuePair<string, string>> headers) => SignatureV4.Sign(SignatureV4.DeriveKey(secret, scope),
            SignatureV4.StringToSign(date, scope, SignatureV4.CanonicalRequest(method, path, query, headers, Names(headers), quoted is "\"\"" ? empty : body)));

        static string[] Names(IEnumerable<KeyValuePair<string, string>> headers) => [.. headers.Select(header => header.Key.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
    }

    // botocore's

    /// <summary>A request that botocore signed.</summary>
    sealed record Vector(string Date, PlainRequest Request)
    {
        public static Vector Of(string line)
        {
            using var json = JsonDocument.Parse(line);
            var it = json.RootElement;
            return new(it[0].GetString()!, new(it[1].GetString()!, it[2].GetString()!,
                [.. it[3].EnumerateArray().Select(header => KeyValuePair.Create(header[0].GetString()!, header[1].GetString()!))], it[4].GetBytesFromBase64()));
        }

        public string Untouched => Result(Request);

        // As the callers are found: of a key nobody has, and of one that has another secret.
        static string Result(PlainRequest request, string date) => RequestSignature.Read(request, Aws, SignatureV4.ReadDate(date)!.Value) switch
        {
            { Refusal: { } refusal } => refusal.Code,
            { Value: { } signature } => signature.Matches(SecretOf(signature.Key.Value)) ? "true" : Mismatch,
            _ => "neither",
        };

        string Result(PlainRequest request) => Result(request, Date);

        /// <summary>What the request comes to with one place of it changed, each in turn, with what has to be said.</summary>
        public IEnumerable<(string Place, string Result, string[] Expected)> Altered(Random chance)
        {
            var presigned = Request.First("Authorization") is null;
            yield return With("method", Request with { Method = Request.Method is "GET" ? "POST" : "GET" }, Mismatch);
            yield return With("path", Request with { Target = $"{Request.Path}/x{Request.Target[Request.Path.Length..]}" }, Mismatch);
            if (Request.Body.Length > 0) yield return With("body", Request with { Body = Flipped(Request.Body.ToArray(), chance) }, Mismatch);
            yield return With("longer body", Request with { Body = (byte[])[.. Request.Body.Span, (byte)' '] }, Mismatch);

            string signed = presigned ? "host" : Between("SignedHeaders=", ",");
            foreach (var name in signed.Split(';'))
            {
                yield return Header(name, "value of", value => value.Trim() is "" ? "x" : value.Trim() + "x",
                    name is "x-amz-date" ? ["IncompleteSignature"] : [Mismatch]);
                yield return With($"without {name}", Request with { Headers = [.. Request.Headers.Where(header => !header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))] },
                    name is "host" or "x-amz-date" ? "IncompleteSignature" : Mismatch);
                if (name is not ("host" or "x-amz-security-token"))
                    yield return With($"{name} no longer signed", Authorized(text => text.Replace(";" + name, "", StringComparison.Ordinal).Replace(name + ";", "", StringComparison.Ordinal)), Mismatch);
            }
            yield return With("a header more", Request with { Headers = [.. Request.Headers, new("Iam-Causation-Id", "x")] }, Mismatch);
            yield return With("twice the first", Request with { Headers = [Request.Headers[0], .. Request.Headers] }, "IncompleteSignature");

            // Every part of the query: its name, its value, gone, doubled.
            var (path, pairs) = (Request.Path, Request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries));
            for (var i = 0; i < pairs.Length; i++)
            {
                var name = pairs[i].Split('=')[0];
                string[] expected = name.StartsWith("X-Amz-", StringComparison.Ordinal) ? [Mismatch, "IncompleteSignature", "RequestExpired", "InvalidClientTokenId"] : [Mismatch];
                yield return Query($"query {name} renamed", pairs.Select((pair, j) => i == j ? "x" + pair : pair), expected);
                yield return Query($"query {name} changed", pairs.Select((pair, j) => i == j ? pair + (pair.Contains('=', StringComparison.Ordinal) ? "1" : "=1") : pair), expected);
                yield return Query($"query {name} left out", pairs.Where((_, j) => i != j), [.. expected, "MissingAuthenticationToken"]);
                yield return Query($"query {name} twice", [.. pairs, pairs[i]], expected);
            }
            yield return Query("query more", [.. pairs, "zz=1"], [Mismatch]);

            // The signature's own parts.
            var nibble = chance.Next(64);
            yield return With($"nibble {nibble}", Signed(signature => signature[..nibble] + (signature[nibble] is '0' ? '1' : '0') + signature[(nibble + 1)..]), Mismatch);
            yield return With("upper case", Signed(signature => signature.Any(char.IsAsciiLetterLower) ? signature.ToUpperInvariant() : signature + "0"), Mismatch);
            yield return With("short", Signed(signature => signature[..^1]), Mismatch);
            var slash = presigned ? "%2F" : "/";
            var credential = (presigned ? Request.Query : Request.First("Authorization")!).Split("Credential=")[1].Split(presigned ? '&' : ',')[0];
            var parts = credential.Split(slash);
            for (var i = 0; i < parts.Length; i++)
            {
                var changed = i switch { 0 => parts[0][..^1] + (parts[0][^1] is 'A' ? 'B' : 'A'), 1 => "20261123", 2 => "eu-west-9", 3 => parts[3] is "iam" ? "sts" : "iam", _ => "aws5_request" };
                var other = string.Join(slash, parts.Select((part, j) => i == j ? changed : part));
                yield return With($"credential's part {i}", presigned ? Request with { Target = Request.Target.Replace(credential, other, StringComparison.Ordinal) } : Authorized(text => text.Replace(credential, other, StringComparison.Ordinal)), Mismatch);
            }

            // A second too late, and by the clock of another day.
            var life = presigned ? TimeSpan.FromSeconds(int.Parse(pairs.Single(pair => pair.StartsWith("X-Amz-Expires=", StringComparison.Ordinal))["X-Amz-Expires=".Length..], CultureInfo.InvariantCulture)) : RequestSignature.Skew;
            yield return ("late", Result(Request, SignatureV4.Date(SignatureV4.ReadDate(Date)!.Value + life + TimeSpan.FromSeconds(1))), [presigned ? "RequestExpired" : Mismatch]);
            yield return ("early", Result(Request, SignatureV4.Date(SignatureV4.ReadDate(Date)!.Value - RequestSignature.Skew - TimeSpan.FromSeconds(1))), [Mismatch]);

            (string, string, string[]) With(string place, PlainRequest altered, params string[] expected) => (place, Result(altered), expected);
            (string, string, string[]) Query(string place, IEnumerable<string> pairs, string[] expected) => With(place, Request with { Target = $"{path}?{string.Join('&', pairs)}" }, expected);
            (string, string, string[]) Header(string name, string place, Func<string, string> change, string[] expected)
            {
                var at = Request.Headers.ToList().FindIndex(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
                return With($"{place} {name}", Request with { Headers = [.. Request.Headers.Select((header, i) => i == at ? KeyValuePair.Create(header.Key, change(header.Value)) : header)] }, expected);
            }
            PlainRequest Authorized(Func<string, string> change) => Request with { Headers = [.. Request.Headers.Select(header => header.Key is "Authorization" ? KeyValuePair.Create(header.Key, change(header.Value)) : header)] };
            PlainRequest Signed(Func<string, string> change) => presigned
                ? Request with { Target = Request.Target[..^64] + change(Request.Target[^64..]) } : Authorized(text => text[..^64] + change(text[^64..]));
            string Between(string from, string to) => Request.First("Authorization")!.Split(from)[1].Split(to)[0];
        }

        static byte[] Flipped(byte[] bytes, Random chance)
        {
            bytes[chance.Next(bytes.Length)] ^= (byte)(1 << chance.Next(8));
            return bytes;
        }
    }

    static Secret SecretOf(string key) => new(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..40]);

    [Fact]
    public void What_botocore_signed_is_accepted_and_refused_with_any_one_place_of_it_changed()
    {
        var places = 0;
        foreach (var line in File.ReadLines(Path.Combine(Data, "sigv4-botocore.tsv")))
        {
            var vector = Vector.Of(line);
            vector.Untouched.ShouldBe("true", line);
            foreach (var (place, result, expected) in vector.Altered(new(places++)))
            {
                expected.ShouldContain(result, $"{place} of {line}");
                places++;
            }
        }
        places.ShouldBeGreaterThan(4_000);
    }

    [Fact]
    public async Task Ten_thousand_random_requests_of_the_botocore_that_is_here_are_accepted_and_refused_when_one_place_is_changed()
    {
        var seed = Random.Shared.Next();
        if (await Lines(10_000, seed) is not { } lines)
        {
            Assert.Skip("no botocore here");
            return;
        }
        lines.Count.ShouldBe(10_000);
        Parallel.ForEach(lines, (line, _, i) =>
        {
            var vector = Vector.Of(line);
            vector.Untouched.ShouldBe("true", $"{seed}: {line}");
            var chance = new Random(unchecked(seed + (int)i));
            var altered = vector.Altered(chance).ToList();
            var (place, result, expected) = altered[chance.Next(altered.Count)];
            expected.ShouldContain(result, $"{seed}: {place} of {line}");
        });
    }

    static async Task<List<string>?> Lines(int count, int seed)
    {
        foreach (var python in (string[])["python3", "/usr/bin/python3"])
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, [Path.Combine(Data, "sigv4-botocore.py"), count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)])
                {
                    UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, Environment = { ["PYTHONIOENCODING"] = "utf-8" },
                })!;
                var (said, wrong) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
                await process.WaitForExitAsync();
                if (process.ExitCode is 0) return [.. (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
                if (!(await wrong).Contains("No module named", StringComparison.Ordinal)) throw new InvalidOperationException(await wrong);
            }
            catch (System.ComponentModel.Win32Exception) { } // there is no such program
        }
        return null;
    }
}
