using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server.Tests;

/// <summary>A request as botocore signs it.</summary>
/// <param name="Date">When it was signed: <c>yyyyMMddTHHmmssZ</c>.</param>
/// <param name="Request">The request.</param>
sealed record BotocoreRequest(string Date, PlainRequest Request)
{
    const string Mismatch = "SignatureDoesNotMatch", Incomplete = "IncompleteSignature", NoKey = "InvalidClientTokenId";
    static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    /// <summary>Those that are kept.</summary>
    public static IEnumerable<BotocoreRequest> Kept => File.ReadLines(Path.Combine(Data, "sigv4-botocore.tsv")).Select(Of);

    /// <summary>What the script says a key's secret is.</summary>
    public static Secret SecretOf(AccessKeyId key) => new(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key.Value)))[..40]);

    bool IsPresigned => Request.First("Authorization") is null;
    /// <summary>For how long it was signed.</summary>
    public TimeSpan Life => IsPresigned
        ? TimeSpan.FromSeconds(int.Parse(Request.Query.Split('&').Single(pair => pair.StartsWith("X-Amz-Expires=", StringComparison.Ordinal))["X-Amz-Expires=".Length..], CultureInfo.InvariantCulture)) : RequestSignature.Skew;
    /// <summary>With what it is refused when it comes later.</summary>
    public string LateCode => IsPresigned ? "RequestExpired" : Mismatch;

    /// <summary>The request with one place of it changed, each in turn, and what has to be said of it: of a key that nobody has, NoKey is as right as Mismatch.</summary>
    public IEnumerable<(string Place, PlainRequest Request, string[] Expected)> Altered(Random chance)
    {
        yield return ("method", Request with { Method = Request.Method is "GET" ? "POST" : "GET" }, [Mismatch]);
        yield return ("path", Request with { Target = $"{Request.Path}/x{Request.Target[Request.Path.Length..]}" }, [Mismatch]);
        if (Request.Body.Length > 0) yield return ("body", Request with { Body = Flipped(Request.Body.ToArray(), chance) }, [Mismatch]);
        if (Request.Body.Length > 0) yield return ("shorter body", Request with { Body = Request.Body[..^1] }, [Mismatch]);
        yield return ("longer body", Request with { Body = (byte[])[.. Request.Body.Span, (byte)' '] }, [Mismatch]);

        foreach (var name in (IsPresigned ? "host" : Between("SignedHeaders=", ",")).Split(';'))
        {
            var token = name is "x-amz-security-token";
            yield return ($"value of {name}", WithHeader(name, value => value.Trim() is "" ? "x" : value.Trim() + "x"), name is "x-amz-date" ? [Incomplete] : token ? [Mismatch, NoKey] : [Mismatch]);
            yield return ($"without {name}", Request with { Headers = [.. Request.Headers.Where(header => !header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))] }, [name is "host" or "x-amz-date" ? Incomplete : Mismatch]);
            if (name is not "host" && !token)
                yield return ($"{name} no longer signed", Authorized(text => text.Replace(";" + name, "", StringComparison.Ordinal).Replace(name + ";", "", StringComparison.Ordinal)), [Mismatch]);
        }
        yield return ("a header more", Request with { Headers = [.. Request.Headers, new("Iam-Causation-Id", "x")] }, [Mismatch]);
        yield return ("twice the first", Request with { Headers = [Request.Headers[0], .. Request.Headers] }, [Incomplete]);
        foreach (var altered in InQuery().Concat(InSignature(chance))) yield return altered;
    }

    /// <summary>Every part of the query: its name, its value, gone, doubled.</summary>
    IEnumerable<(string, PlainRequest, string[])> InQuery()
    {
        var pairs = Request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < pairs.Length; i++)
        {
            var name = pairs[i].Split('=')[0];
            string[] expected = name.StartsWith("X-Amz-", StringComparison.Ordinal) ? [Mismatch, Incomplete, "RequestExpired", NoKey] : [Mismatch];
            yield return ($"query {name} renamed", With(pairs.Select((pair, j) => i == j ? "x" + pair : pair)), expected);
            yield return ($"query {name} changed", With(pairs.Select((pair, j) => i == j ? pair + (pair.Contains('=', StringComparison.Ordinal) ? "1" : "=1") : pair)), expected);
            yield return ($"query {name} left out", With(pairs.Where((_, j) => i != j)), [.. expected, "MissingAuthenticationToken"]);
            yield return ($"query {name} twice", With([.. pairs, pairs[i]]), expected);
        }
        yield return ("query more", With([.. pairs, "zz=1"]), [Mismatch]);

        PlainRequest With(IEnumerable<string> query) => Request with { Target = $"{Request.Path}?{string.Join('&', query)}" };
    }

    /// <summary>The signature itself, and its key and scope.</summary>
    IEnumerable<(string, PlainRequest, string[])> InSignature(Random chance)
    {
        var nibble = chance.Next(64);
        yield return ($"nibble {nibble}", Signed(signature => signature[..nibble] + (signature[nibble] is '0' ? '1' : '0') + signature[(nibble + 1)..]), [Mismatch]);
        yield return ("upper case", Signed(signature => signature.Any(char.IsAsciiLetterLower) ? signature.ToUpperInvariant() : signature + "0"), [Mismatch]);
        yield return ("short", Signed(signature => signature[..^1]), [Mismatch]);
        var slash = IsPresigned ? "%2F" : "/";
        var credential = (IsPresigned ? Request.Query : Request.First("Authorization")!).Split("Credential=")[1].Split(IsPresigned ? '&' : ',')[0];
        var parts = credential.Split(slash);
        for (var i = 0; i < parts.Length; i++)
        {
            var changed = i switch { 0 => parts[0][..^1] + (parts[0][^1] is 'A' ? 'B' : 'A'), 1 => "20261123", 2 => "eu-west-9", 3 => parts[3] is "iam" ? "sts" : "iam", _ => "aws5_request" };
            yield return ($"credential's part {i}", Scoped(parts.Select((part, j) => i == j ? changed : part)), i is 0 ? [Mismatch, NoKey] : [Mismatch]);
            yield return ($"without the credential's part {i}", Scoped(parts.Where((_, j) => i != j)), [Incomplete]);
        }

        PlainRequest Scoped(IEnumerable<string> scope) => string.Join(slash, scope) is var other && IsPresigned
            ? Request with { Target = Request.Target.Replace(credential, other, StringComparison.Ordinal) } : Authorized(text => text.Replace(credential, other, StringComparison.Ordinal));
        PlainRequest Signed(Func<string, string> change) => IsPresigned ? Request with { Target = Request.Target[..^64] + change(Request.Target[^64..]) } : Authorized(text => text[..^64] + change(text[^64..]));
    }

    PlainRequest WithHeader(string name, Func<string, string> change) => Request.Headers.ToList().FindIndex(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) is var at
        ? Request with { Headers = [.. Request.Headers.Select((header, i) => i == at ? KeyValuePair.Create(header.Key, change(header.Value)) : header)] } : Request;

    PlainRequest Authorized(Func<string, string> change) => WithHeader("Authorization", change);

    string Between(string from, string to) => Request.First("Authorization")!.Split(from)[1].Split(to)[0];

    static byte[] Flipped(byte[] bytes, Random chance)
    {
        bytes[chance.Next(bytes.Length)] ^= (byte)(1 << chance.Next(8));
        return bytes;
    }

    static BotocoreRequest Of(string line)
    {
        using var json = JsonDocument.Parse(line);
        var it = json.RootElement;
        return new(it[0].GetString()!, new(it[1].GetString()!, it[2].GetString()!,
            [.. it[3].EnumerateArray().Select(header => KeyValuePair.Create(header[0].GetString()!, header[1].GetString()!))], it[4].GetBytesFromBase64()));
    }

    /// <summary>Random ones of the botocore that is here: one of the Python that ./test found, or of the first on the PATH, or Debian's.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Of their chance.</param>
    /// <param name="server">For a server, now and with these keys; null: for none.</param>
    public static async Task<List<BotocoreRequest>> Signed(int count, int seed, (string Url, AccountId Account, Key[] Keys)? server = null)
    {
        foreach (var python in (string?[])[Environment.GetEnvironmentVariable("IAM_PYTHON"), "python3", "/usr/bin/python3"])
        {
            if (string.IsNullOrEmpty(python)) continue;
            try
            {
                string[] arguments = [Path.Combine(Data, "sigv4-botocore.py"), count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture), .. server is null ? (string[])[] : ["-"]];
                using var process = Process.Start(new ProcessStartInfo(python, arguments)
                {
                    UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, Environment = { ["PYTHONIOENCODING"] = "utf-8" },
                })!;
                var (said, wrong) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
                if (server is var (url, account, keys))
                    await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new { host = new Uri(url).Authority, account = account.Value, keys = keys.Select(key => (string?[])[key.Id.Value, key.Secret.Reveal(), key.Token?.Reveal()]) }));
                process.StandardInput.Close();
                await process.WaitForExitAsync();
                if (process.ExitCode is 0) return [.. (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Of)];
                if (!(await wrong).Contains("No module named", StringComparison.Ordinal)) throw new InvalidOperationException(await wrong);
            }
            catch (System.ComponentModel.Win32Exception) { } // there is no such program
        }
        throw new InvalidOperationException("This test needs Python with botocore; ./test installs it (Debian: apt-get install python3-botocore; else: pip install botocore).");
    }
}
