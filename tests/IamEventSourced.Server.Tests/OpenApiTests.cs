using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace IamEventSourced.Server.Tests;

public class OpenApiTests
{
    static readonly JsonObject Document = OpenApi.Document();

    public static TheoryData<string> Operations => [.. Operation.All.Keys];

    [Fact]
    public void Another_reader_finds_nothing_wrong_with_the_document()
    {
        var (document, diagnostic) = OpenApiDocument.Parse(Document.ToJsonString(), "json");
        diagnostic!.Errors.ShouldBeEmpty();
        diagnostic.Warnings.ShouldBeEmpty();
        diagnostic.SpecificationVersion.ShouldBe(OpenApiSpecVersion.OpenApi3_1);
        document!.Paths.Count.ShouldBe(Operation.All.Count + 2); // in and out
    }

    [Fact]
    public void What_is_referred_to_is_there()
    {
        foreach (var reference in References(Document))
            reference.Split('/')[1..].Aggregate((JsonNode?)Document, (place, step) => place?[step]).ShouldNotBeNull(reference);
    }

    [Theory, MemberData(nameof(Operations))]
    public void An_operation_is_described_by_its_parameters(string name)
    {
        var operation = Operation.All[name];
        var schema = Document["components"]!["schemas"]![name]!;
        schema["properties"]!.AsObject().Select(property => property.Key).ShouldBe(operation.Parameters.Select(parameter => parameter.Name!));
        (schema["required"]?.AsArray().Select(required => required!.GetValue<string>()) ?? []).ShouldBe(operation.Parameters.Where(Operation.IsRequired).Select(parameter => parameter.Name!));
        Post(name)["responses"]![operation.Answer is null ? "204" : "200"].ShouldNotBeNull();
    }

    [Theory, MemberData(nameof(Operations))]
    public void An_operations_example_is_accepted(string name)
    {
        var operation = Operation.All[name];
        var example = Post(name)["requestBody"]!["content"]!["application/json"]!["example"]!;
        operation.Read(JsonSerializer.SerializeToElement(example)).Refusal.ShouldBeNull();
        // A new parameter wants an example too; where a list goes on is nobody's to invent.
        operation.Parameters.Select(parameter => parameter.Name!).Where(parameter => parameter is not "Marker" && example[parameter] is null).ShouldBeEmpty();
    }

    [Fact]
    public void The_way_in_is_described_by_what_it_reads()
    {
        var post = Document["paths"]![SignInDoor.InPath]!["post"]!;
        var body = post["requestBody"]!["content"]!["application/json"]!;
        Document["components"]!["schemas"]![nameof(SignInRequest)]!["required"]!.AsArray().Select(name => name!.GetValue<string>()).ShouldBe(["Password"]);
        body["example"].Deserialize<SignInRequest>(IamEventSourced.Json.Options)!.UserName.ShouldBe("alice");
        post["security"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public void Limits_are_those_of_the_types()
    {
        var schemas = Document["components"]!["schemas"]!;
        (schemas["UserName"]!["minLength"]!.GetValue<int>(), schemas["UserName"]!["maxLength"]!.GetValue<int>(), schemas["UserName"]!["pattern"]!.GetValue<string>())
            .ShouldBe((1, 64, "^(?:[A-Za-z0-9_+=,.@-]+)$"));
        (schemas["MaxItems"]!["minimum"]!.GetValue<int>(), schemas["MaxItems"]!["maximum"]!.GetValue<int>()).ShouldBe((1, 1000));
    }

    static JsonNode Post(string operation) => Document["paths"]![$"/accounts/{{account}}/{operation}"]!["post"]!;

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject some => some.SelectMany(member => member is { Key: "$ref", Value: { } reference } ? [reference.GetValue<string>()] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
