using System.Globalization;
using IamEventSourced.Client;

namespace IamEventSourced.Server;

/// <summary>
/// What this service is for, played through its public doors as services would: groups with policies, users in them, questions before
/// and after each change, and the same question asked of an earlier moment.
/// </summary>
sealed class Scenario(TextWriter to, string url, AccountId account, (AccessKeyId Id, Secret Secret) root, ScenarioBus bus)
{
    const string Everything = """{"Version":"2012-10-17","Statement":[{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}]}""";
    const string Build = """
        {"Version":"2012-10-17","Statement":[
          {"Sid":"Build","Effect":"Allow","Action":["ec2:*","s3:*","dynamodb:*","lambda:*"],"Resource":"*"},
          {"Sid":"NoIam","Effect":"Deny","NotAction":["ec2:*","s3:*","dynamodb:*","lambda:*","iam:Get*","iam:List*"],"Resource":"*"}]}
        """;
    const string BuildWithoutDelete = """
        {"Version":"2012-10-17","Statement":[
          {"Sid":"Build","Effect":"Allow","Action":["ec2:*","s3:*","dynamodb:*","lambda:*"],"Resource":"*"},
          {"Sid":"KeepReports","Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::reports/*"},
          {"Sid":"NoIam","Effect":"Deny","NotAction":["ec2:*","s3:*","dynamodb:*","lambda:*","iam:Get*","iam:List*"],"Resource":"*"}]}
        """;
    const string View = """{"Version":"2012-10-17","Statement":[{"Sid":"View","Effect":"Allow","Action":["ec2:Describe*","s3:Get*","s3:List*","dynamodb:Get*","lambda:List*","iam:Get*","iam:List*"],"Resource":"*"}]}""";
    const string OwnFolder = """{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"}]}""";

    const string Report = "arn:aws:s3:::reports/q3.csv";

    readonly IamClient _root = IamClient.Create(new(url), account, root.Id, root.Secret);

    /// <summary>Plays it; throws when an answer is not the one that was written into it.</summary>
    public async Task Play()
    {
        to.WriteLine($"  The main job, in account {account}, through HTTP and the queue");
        to.WriteLine("  r    1  CreateAccount            by the operator, with root's key");

        await Do(new CreateGroup("Admins"));
        await Do(new CreateGroup("Developers"));
        await Do(new CreateGroup("ReadOnly"));
        await Do(new CreatePolicy("ManageEverything", Everything));
        await Do(new CreatePolicy("BuildAnything", Build));
        await Do(new CreatePolicy("ViewOnly", View));
        await Do(new AttachGroupPolicy("Admins", PolicyArn("ManageEverything")), byQueue: true);
        await Do(new AttachGroupPolicy("Developers", PolicyArn("BuildAnything")), byQueue: true);
        await Do(new AttachGroupPolicy("ReadOnly", PolicyArn("ViewOnly")), byQueue: true);
        foreach (var name in new[] { "ada", "alice", "bob", "carol", "dave" }) await Do(new CreateUser(name));

        await Ask("alice", "s3:PutObject", Report, "implicitDeny");
        var joined = await Do(new AddUserToGroup("Developers", "alice"), byQueue: true);
        await Ask("alice", "s3:PutObject", Report, "allowed");
        await Ask("alice", "iam:CreateUser", $"arn:aws:iam::{account}:user/eve", "explicitDeny");

        await Do(new AddUserToGroup("Admins", "ada"));
        await Ask("ada", "iam:CreateUser", $"arn:aws:iam::{account}:user/eve", "allowed");

        to.WriteLine("          bob in two groups has what either allows; a deny in one of them wins");
        await Do(new AddUserToGroup("ReadOnly", "bob"));
        await Ask("bob", "iam:ListUsers", $"arn:aws:iam::{account}:user/", "allowed");
        await Ask("bob", "lambda:CreateFunction", "*", "implicitDeny");
        await Do(new AddUserToGroup("Developers", "bob"), byQueue: true);
        await Ask("bob", "lambda:CreateFunction", "*", "allowed");
        await Ask("bob", "iam:ListUsers", $"arn:aws:iam::{account}:user/", "allowed");
        await Do(new AddUserToGroup("Admins", "bob"));
        await Ask("bob", "iam:DeleteUser", $"arn:aws:iam::{account}:user/eve", "explicitDeny");

        to.WriteLine("          carol has a policy of her own, dave has none and may do nothing");
        await Do(new PutUserPolicy("carol", "OwnFolder", OwnFolder));
        await Ask("carol", "s3:PutObject", "arn:aws:s3:::home/carol/notes.txt", "allowed");
        await Ask("carol", "s3:PutObject", "arn:aws:s3:::home/alice/notes.txt", "implicitDeny");
        await Ask("dave", "s3:GetObject", Report, "implicitDeny");

        to.WriteLine("          a version made default is in force for all members at once");
        await Ask("alice", "s3:DeleteObject", Report, "allowed");
        await Do(new CreatePolicyVersion(PolicyArn("BuildAnything"), BuildWithoutDelete));
        await Ask("alice", "s3:DeleteObject", Report, "allowed");
        await Do(new SetDefaultPolicyVersion(PolicyArn("BuildAnything"), "v2"), byQueue: true);
        await Ask("alice", "s3:DeleteObject", Report, "explicitDeny");
        await Ask("bob", "s3:DeleteObject", Report, "explicitDeny");

        to.WriteLine("          what AWS refuses is refused");
        await Do(new DeleteGroup("Developers"), refused: "DeleteConflict");
        await Do(new CreateGroup("Auditors"));
        await Do(new AddUserToGroup("Developers", "Auditors"), refused: "NoSuchEntity", why: "a group is no member of a group");
        await AskAbout($"arn:aws:iam::{account}:group/Developers", "s3:GetObject", Report, "InvalidInput");

        to.WriteLine("          who leaves a group loses what it allowed, in that revision");
        var left = await Do(new RemoveUserFromGroup("Developers", "alice"), byQueue: true);
        await Ask("alice", "s3:PutObject", Report, "implicitDeny");
        await Ask("alice", "s3:PutObject", Report, "allowed", ReadAt.Revision(left - 1));
        await Ask("alice", "s3:PutObject", Report, "implicitDeny", ReadAt.Revision(joined - 1));

        to.WriteLine("\n  The history of user/alice");
        var history = (await _root.Ask(new GetEntityHistory($"arn:aws:iam::{account}:user/alice"))).Answer!;
        foreach (var entry in history.Events)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  r {entry.Revision,4}  {Json.Write(entry.At)}  {entry.Type,-24} by {Short(entry.By.Arn.Value),-12} {entry.Data.GetRawText()}"));
        to.WriteLine();
    }

    /// <summary>A command, printed with the revision that it led to.</summary>
    async Task<long> Do(ICommand command, bool byQueue = false, string? refused = null, string? why = null)
    {
        var (refusal, revision) = byQueue ? await bus.Send(command) is var reply ? (reply.Refusal, reply.Revision) : default
            : await _root.Send(command) is var answer ? (answer.Refusal, answer.Revision) : default;
        if (refusal?.Code != refused) throw new InvalidOperationException($"The scenario did not go as written: {command} was {(refusal is null ? "done" : refusal.Message)}");
        var line = $"{command.GetType().Name,-24} {Words(command)}";
        to.WriteLine(refusal is null ? string.Create(CultureInfo.InvariantCulture, $"  r {revision,4}  {line,-66} {(byQueue ? "queue" : "http")}") : $"     -    {line,-66} {refusal.Code}: {why ?? refusal.Message}");
        return revision;
    }

    /// <summary>A question, printed with its answer and reason.</summary>
    async Task Ask(string user, string action, string resource, string expected, ReadAt? at = null)
    {
        var reply = await _root.Ask(new Authorize(action, resource, $"arn:aws:iam::{account}:user/{user}"), at ?? ReadAt.Newest);
        if (reply.Answer?.Decision != expected) throw new InvalidOperationException($"The scenario did not go as written: {user} {action} {resource} is {reply.Answer?.Decision ?? reply.Refusal?.Message}, not {expected}.");
        var decision = expected is "allowed" ? "ALLOWED" : "DENIED";
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"       ?  {user,-6} {action,-22} {Resource(resource),-34} {decision,-8} {reply.Answer.Reason}{(at is null ? "" : $"  [asked of r {reply.Revision}]")}"));
    }

    async Task AskAbout(string principal, string action, string resource, string refused)
    {
        var reply = await _root.Ask(new Authorize(action, resource, principal));
        if (reply.Refusal?.Code != refused) throw new InvalidOperationException($"The scenario did not go as written: asking about {principal} was not refused.");
        to.WriteLine($"       ?  {Short(principal)} {action} {Resource(resource)}   REFUSED  a group is no principal: it has members and does nothing itself");
    }

    Arn PolicyArn(string name) => $"arn:aws:iam::{account}:policy/{name}";

    static string Words(ICommand command) => string.Join(' ', command.GetType().GetProperties().Select(property => property.GetValue(command)).Where(value => value is not (null or PolicyText)).Select(value => Short(value!.ToString()!)));

    static string Resource(string arn) => arn.StartsWith("arn:aws:iam:", StringComparison.Ordinal) ? Short(arn) : arn;

    static string Short(string arn) => arn.StartsWith("arn:", StringComparison.Ordinal) ? arn[(arn.LastIndexOf(':') + 1)..] : arn;
}
