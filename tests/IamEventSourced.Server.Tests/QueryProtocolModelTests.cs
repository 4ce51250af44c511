using System.Globalization;
using System.Text.RegularExpressions;

namespace IamEventSourced.Server.Tests;

/// <summary>
/// Our operations against AWS's own service model: the facts below were taken from botocore 1.43.11 (data/iam/2010-05-08 and
/// data/sts/2011-06-15, service-2.json), two parameters of simulations from a newer one: names, what is required (!), kinds, lengths, error codes. What AWS has and we lack is no
/// difference here; what we have and AWS has not, or has otherwise, is.
/// </summary>
public partial class QueryProtocolModelTests
{
    /// <summary>Members of answers that AWS has not; its clients pass over what they do not know.</summary>
    static readonly string[] OurOwn = ["SSHPublicKey.SHA256Fingerprint"];

    public static TheoryData<string> Modelled => [.. Model.Keys];

    [Fact]
    public void Every_operation_is_AWSs_or_known_to_be_our_own() =>
        Operation.All.Keys.Except(Model.Keys).Order(StringComparer.Ordinal).ShouldBe(["AdoptCatalogue", "Authorize", "AuthorizeBatch", "CloseAccount", "CompareAccess", "CreateAccount", "ExplainAuthorization", "ExportEvents", "GetAccountInformation", "GetCatalogue", "GetConsistencyProof", "GetEffectivePermissions", "GetEntityHistory", "GetInclusionProof", "GetPrimaryEmail", "GetTreeHead", "GetUserBySSHPublicKey", "ListAccessChanges", "ListAccountQuotas", "ListAlerts", "ListAuthorizationIntervals", "ListDecisions", "ListPrincipalsAllowed", "ListRefusedAttempts", "PlanRestoration", "PutAccountName", "PutPrimaryEmail", "RecoverRoot", "SetAccountQuota", "SimulateCommands"]);

    [Theory, MemberData(nameof(Modelled))]
    public void Parameters_are_AWSs(string name)
    {
        var (service, parameters, _) = Model[name];
        var operation = Operation.All[name];
        operation.Service.ShouldBe(service);
        foreach (var parameter in operation.Parameters)
        {
            var theirs = parameters.GetValueOrDefault(parameter.Name!).ShouldNotBeNull($"{name}.{parameter.Name} is no parameter of AWS's");
            Operation.IsRequired(parameter).ShouldBe(theirs.Required, $"{name}.{parameter.Name}");
            SameKind(Shape.Of(parameter.ParameterType), theirs, $"{name}.{parameter.Name}", both: true);
        }
        foreach (var (missing, _) in parameters.Where(parameter => parameter.Value.Required)) operation.Parameters.ShouldContain(parameter => parameter.Name == missing);
    }

    [Theory, MemberData(nameof(Modelled))]
    public void Answers_are_AWSs(string name)
    {
        var (_, _, answer) = Model[name];
        if (Operation.All[name].Answer is { } type) Same(Shape.Of(type), "");
        else answer.ShouldBeEmpty($"{name} answers");

        void Same(Shape shape, string at)
        {
            foreach (var member in shape.Members)
            {
                if (OurOwn.Contains(at + member.Name)) continue;
                var theirs = answer.GetValueOrDefault(at + member.Name).ShouldNotBeNull($"{name}: {at}{member.Name} is no member of AWS's answer");
                SameKind(member.Shape, theirs, $"{name}: {at}{member.Name}", both: false);
                if (member.Shape.Kind is ShapeKind.Structure) Same(member.Shape, $"{at}{member.Name}.");
                if (member.Shape.Item is { Kind: ShapeKind.Structure } item) Same(item, $"{at}{member.Name}[].");
            }
            // Of what AWS always answers, root's name and a repeated command's secret are what we may leave out.
            foreach (var (missing, _) in answer.Where(theirs => theirs.Value.Required && theirs.Key.StartsWith(at, StringComparison.Ordinal) && !theirs.Key[at.Length..].Contains('.', StringComparison.Ordinal)))
                shape.Members.ShouldContain(member => at + member.Name == missing, $"{name}: {missing}");
        }
    }

    [Fact]
    public void Refusals_have_AWSs_codes_and_statuses()
    {
        IamError[] ours =
        [
            IamError.NoSuchEntity("user", "a"), IamError.EntityAlreadyExists("User", "a"), IamError.LimitExceeded("UsersPerAccount", 1), IamError.DeleteConflict("a"),
            IamError.MalformedPolicyDocument("a"), IamError.InvalidInput("a"), IamError.ServiceFailure,
            IamError.PasswordPolicyViolation("a"), IamError.EntityTemporarilyUnmodifiable("a"), IamError.MalformedCertificate("a"), IamError.KeyPairMismatch, IamError.InvalidAuthenticationCode, IamError.InvalidPublicKey("a"), IamError.UnrecognizedPublicKeyEncoding, IamError.DuplicateSSHPublicKey($"SHA256:{new string('a', 43)}"),
        ];
        foreach (var error in ours) Codes.ShouldContainKeyAndValue(error.Code, error.Status);
    }

    static void SameKind(Shape ours, Member theirs, string at, bool both)
    {
        ours.Kind.ShouldBe(theirs.Kind switch
        {
            "string" or "policy" or "blob" => ShapeKind.Text, "integer" => ShapeKind.Number, "boolean" => ShapeKind.Boolean,
            "timestamp" => ShapeKind.Time, "list" => ShapeKind.List, "map" => ShapeKind.Map, "structure" => ShapeKind.Structure, _ => throw new InvalidOperationException(theirs.Kind),
        }, at);
        (ours.Type == typeof(PolicyText)).ShouldBe(theirs.Kind is "policy", at);
        // A name's type is one for all operations, AWS's differ now and then: a user's name has 64 characters at most where one is made, 128 where one is named.
        // Where AWS's model sets no length, ours is only an upper bound.
        if (both && ours.TextLimits is { } limits && ours.Type != typeof(UserName) && theirs.Max < int.MaxValue) (Math.Max(limits.Min, theirs.Min), limits.Max).ShouldBe((limits.Min, theirs.Max), at);
        if (both && ours.NumberLimits is { } range) range.ShouldBe((theirs.Min, theirs.Max), at);
    }

    sealed record Member(bool Required, string Kind, int Min, int Max);

    static Dictionary<string, Member> Members(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(member => MemberForm().Match(member).Groups).ToDictionary(
        parts => parts["name"].Value,
        parts => new Member(parts["required"].Success, parts["kind"].Value, Number(parts["min"].Value, 0), Number(parts["max"].Value, int.MaxValue)), StringComparer.Ordinal);

    static int Number(string text, int none) => text.Length is 0 ? none : int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<name>[^!:]+)(?<required>!)?:(?<kind>\w+)(?::(?<min>\d*)\.\.(?<max>\d*))?$")]
    private static partial Regex MemberForm();

    [GeneratedRegex(@"^(?<service>\w+) (?<name>\w+)\((?<parameters>.*)\) ->(?<answer>.*)$")]
    private static partial Regex OperationForm();

    static readonly Dictionary<string, int> Codes = (
        "ConcurrentModification:409 DeleteConflict:409 DuplicateCertificate:409 DuplicateSSHPublicKey:400 EntityAlreadyExists:409 "
        + "EntityTemporarilyUnmodifiable:409 FeatureDisabled:404 FeatureEnabled:409 InvalidAuthenticationCode:403 InvalidCertificate:400 InvalidInput:400 "
        + "InvalidPublicKey:400 InvalidUserType:400 KeyPairMismatch:400 LimitExceeded:409 MalformedCertificate:400 MalformedPolicyDocument:400 NoSuchEntity:404 "
        + "NotSupportedService:404 OpenIdIdpCommunicationError:400 PasswordPolicyViolation:400 PolicyEvaluation:500 PolicyNotAttachable:400 ReportExpired:410 "
        + "ReportGenerationLimitExceeded:409 ReportInProgress:404 ReportNotPresent:410 ServiceFailure:500 UnmodifiableEntity:400 "
        + "UnrecognizedPublicKeyEncoding:400").Split(' ').Select(code => code.Split(':')).ToDictionary(code => code[0], code => Number(code[1], 0), StringComparer.Ordinal);

    static readonly Dictionary<string, (string Service, Dictionary<string, Member> Parameters, Dictionary<string, Member> Answer)> Model = """
        iam AddUserToGroup(GroupName!:string:1..128 UserName!:string:1..128) ->
        iam AttachGroupPolicy(GroupName!:string:1..128 PolicyArn!:string:20..2048) ->
        iam AttachUserPolicy(UserName!:string:1..64 PolicyArn!:string:20..2048) ->
        iam CreateAccessKey(UserName:string:1..128) -> AccessKey!:structure AccessKey.UserName!:string:1..64 AccessKey.AccessKeyId!:string:16..128 AccessKey.Status!:string AccessKey.SecretAccessKey!:string AccessKey.CreateDate:timestamp
        iam CreateGroup(Path:string:1..512 GroupName!:string:1..128) -> Group!:structure Group.Path!:string:1..512 Group.GroupName!:string:1..128 Group.GroupId!:string:16..128 Group.Arn!:string:20..2048 Group.CreateDate!:timestamp
        iam CreatePolicy(PolicyName!:string:1..128 Path:string:1..512 PolicyDocument!:policy:1..131072 Description:string:..1000 Tags:list) -> Policy:structure Policy.PolicyName:string:1..128 Policy.PolicyId:string:16..128 Policy.Arn:string:20..2048 Policy.Path:string:1..512 Policy.DefaultVersionId:string Policy.AttachmentCount:integer Policy.PermissionsBoundaryUsageCount:integer Policy.IsAttachable:boolean Policy.Description:string:..1000 Policy.CreateDate:timestamp Policy.UpdateDate:timestamp Policy.Tags:list Policy.Tags[].Key!:string:1..128 Policy.Tags[].Value!:string:0..256
        iam CreatePolicyVersion(PolicyArn!:string:20..2048 PolicyDocument!:policy:1..131072 SetAsDefault:boolean) -> PolicyVersion:structure PolicyVersion.Document:policy:1..131072 PolicyVersion.VersionId:string PolicyVersion.IsDefaultVersion:boolean PolicyVersion.CreateDate:timestamp
        iam CreateUser(Path:string:1..512 UserName!:string:1..64 PermissionsBoundary:string:20..2048 Tags:list) -> User:structure User.Path!:string:1..512 User.UserName!:string:1..64 User.UserId!:string:16..128 User.Arn!:string:20..2048 User.CreateDate!:timestamp User.PasswordLastUsed:timestamp User.PermissionsBoundary:structure User.PermissionsBoundary.PermissionsBoundaryType:string User.PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 User.Tags:list User.Tags[].Key!:string:1..128 User.Tags[].Value!:string:0..256
        iam DeleteAccessKey(UserName:string:1..128 AccessKeyId!:string:16..128) ->
        iam DeleteGroup(GroupName!:string:1..128) ->
        iam DeleteGroupPolicy(GroupName!:string:1..128 PolicyName!:string:1..128) ->
        iam DeletePolicy(PolicyArn!:string:20..2048) ->
        iam DeleteUser(UserName!:string:1..128) ->
        iam DeleteUserPolicy(UserName!:string:1..128 PolicyName!:string:1..128) ->
        iam DetachGroupPolicy(GroupName!:string:1..128 PolicyArn!:string:20..2048) ->
        iam DetachUserPolicy(UserName!:string:1..64 PolicyArn!:string:20..2048) ->
        iam GetGroup(GroupName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> Group!:structure Group.Path!:string:1..512 Group.GroupName!:string:1..128 Group.GroupId!:string:16..128 Group.Arn!:string:20..2048 Group.CreateDate!:timestamp Users!:list Users[].Path!:string:1..512 Users[].UserName!:string:1..64 Users[].UserId!:string:16..128 Users[].Arn!:string:20..2048 Users[].CreateDate!:timestamp Users[].PasswordLastUsed:timestamp Users[].PermissionsBoundary:structure Users[].PermissionsBoundary.PermissionsBoundaryType:string Users[].PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 Users[].Tags:list Users[].Tags[].Key!:string:1..128 Users[].Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam GetGroupPolicy(GroupName!:string:1..128 PolicyName!:string:1..128) -> GroupName!:string:1..128 PolicyName!:string:1..128 PolicyDocument!:policy:1..131072
        iam GetPolicy(PolicyArn!:string:20..2048) -> Policy:structure Policy.PolicyName:string:1..128 Policy.PolicyId:string:16..128 Policy.Arn:string:20..2048 Policy.Path:string:1..512 Policy.DefaultVersionId:string Policy.AttachmentCount:integer Policy.PermissionsBoundaryUsageCount:integer Policy.IsAttachable:boolean Policy.Description:string:..1000 Policy.CreateDate:timestamp Policy.UpdateDate:timestamp Policy.Tags:list Policy.Tags[].Key!:string:1..128 Policy.Tags[].Value!:string:0..256
        iam GetPolicyVersion(PolicyArn!:string:20..2048 VersionId!:string) -> PolicyVersion:structure PolicyVersion.Document:policy:1..131072 PolicyVersion.VersionId:string PolicyVersion.IsDefaultVersion:boolean PolicyVersion.CreateDate:timestamp
        iam GetUser(UserName:string:1..128) -> User!:structure User.Path!:string:1..512 User.UserName!:string:1..64 User.UserId!:string:16..128 User.Arn!:string:20..2048 User.CreateDate!:timestamp User.PasswordLastUsed:timestamp User.PermissionsBoundary:structure User.PermissionsBoundary.PermissionsBoundaryType:string User.PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 User.Tags:list User.Tags[].Key!:string:1..128 User.Tags[].Value!:string:0..256
        iam GetUserPolicy(UserName!:string:1..128 PolicyName!:string:1..128) -> UserName!:string:1..128 PolicyName!:string:1..128 PolicyDocument!:policy:1..131072
        iam ListAttachedGroupPolicies(GroupName!:string:1..128 PathPrefix:string:1..512 Marker:string:1..320 MaxItems:integer:1..1000) -> AttachedPolicies:list AttachedPolicies[].PolicyName:string:1..128 AttachedPolicies[].PolicyArn:string:20..2048 IsTruncated:boolean Marker:string
        iam ListAttachedUserPolicies(UserName!:string:1..64 PathPrefix:string:1..512 Marker:string:1..320 MaxItems:integer:1..1000) -> AttachedPolicies:list AttachedPolicies[].PolicyName:string:1..128 AttachedPolicies[].PolicyArn:string:20..2048 IsTruncated:boolean Marker:string
        iam ListGroupPolicies(GroupName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> PolicyNames!:list IsTruncated:boolean Marker:string
        iam ListGroups(PathPrefix:string:1..512 Marker:string:1..320 MaxItems:integer:1..1000) -> Groups!:list Groups[].Path!:string:1..512 Groups[].GroupName!:string:1..128 Groups[].GroupId!:string:16..128 Groups[].Arn!:string:20..2048 Groups[].CreateDate!:timestamp IsTruncated:boolean Marker:string
        iam ListGroupsForUser(UserName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> Groups!:list Groups[].Path!:string:1..512 Groups[].GroupName!:string:1..128 Groups[].GroupId!:string:16..128 Groups[].Arn!:string:20..2048 Groups[].CreateDate!:timestamp IsTruncated:boolean Marker:string
        iam ListUserPolicies(UserName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> PolicyNames!:list IsTruncated:boolean Marker:string
        iam ListUsers(PathPrefix:string:1..512 Marker:string:1..320 MaxItems:integer:1..1000) -> Users!:list Users[].Path!:string:1..512 Users[].UserName!:string:1..64 Users[].UserId!:string:16..128 Users[].Arn!:string:20..2048 Users[].CreateDate!:timestamp Users[].PasswordLastUsed:timestamp Users[].PermissionsBoundary:structure Users[].PermissionsBoundary.PermissionsBoundaryType:string Users[].PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 Users[].Tags:list Users[].Tags[].Key!:string:1..128 Users[].Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam DeletePolicyVersion(PolicyArn!:string:20..2048 VersionId!:string) ->
        iam ListPolicyVersions(PolicyArn!:string:20..2048 Marker:string:1..320 MaxItems:integer:1..1000) -> Versions:list Versions[].Document:policy:1..131072 Versions[].VersionId:string Versions[].IsDefaultVersion:boolean Versions[].CreateDate:timestamp IsTruncated:boolean Marker:string
        iam ListAccessKeys(UserName:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> AccessKeyMetadata!:list AccessKeyMetadata[].UserName:string:1..64 AccessKeyMetadata[].AccessKeyId:string:16..128 AccessKeyMetadata[].Status:string AccessKeyMetadata[].CreateDate:timestamp IsTruncated:boolean Marker:string
        iam CreateAccountAlias(AccountAlias!:string:3..63) ->
        iam DeleteAccountAlias(AccountAlias!:string:3..63) ->
        iam GenerateServiceLastAccessedDetails(Arn!:string:20..2048 Granularity:string) -> JobId:string:36..36
        iam GetServiceLastAccessedDetails(JobId!:string:36..36 MaxItems:integer:1..1000 Marker:string:1..320) -> JobStatus!:string JobType:string JobCreationDate!:timestamp ServicesLastAccessed!:list ServicesLastAccessed[].ServiceName!:string ServicesLastAccessed[].LastAuthenticated:timestamp ServicesLastAccessed[].ServiceNamespace!:string:1..64 ServicesLastAccessed[].LastAuthenticatedEntity:string:20..2048 ServicesLastAccessed[].LastAuthenticatedRegion:string ServicesLastAccessed[].TotalAuthenticatedEntities:integer ServicesLastAccessed[].TrackedActionsLastAccessed:list ServicesLastAccessed[].TrackedActionsLastAccessed[].ActionName:string ServicesLastAccessed[].TrackedActionsLastAccessed[].LastAccessedEntity:string:20..2048 ServicesLastAccessed[].TrackedActionsLastAccessed[].LastAccessedTime:timestamp ServicesLastAccessed[].TrackedActionsLastAccessed[].LastAccessedRegion:string JobCompletionDate!:timestamp IsTruncated:boolean Marker:string Error:structure Error.Message!:string Error.Code!:string
        iam GetServiceLastAccessedDetailsWithEntities(JobId!:string:36..36 ServiceNamespace!:string:1..64 MaxItems:integer:1..1000 Marker:string:1..320) -> JobStatus!:string JobCreationDate!:timestamp JobCompletionDate!:timestamp EntityDetailsList!:list EntityDetailsList[].EntityInfo!:structure EntityDetailsList[].EntityInfo.Arn!:string:20..2048 EntityDetailsList[].EntityInfo.Name!:string:1..64 EntityDetailsList[].EntityInfo.Type!:string EntityDetailsList[].EntityInfo.Id!:string:16..128 EntityDetailsList[].EntityInfo.Path:string:1..512 EntityDetailsList[].LastAuthenticated:timestamp IsTruncated:boolean Marker:string Error:structure Error.Message!:string Error.Code!:string
        iam SimulateCustomPolicy(PolicyInputList!:list PermissionsBoundaryPolicyInputList:list ActionNames!:list ResourceArns:list ResourcePolicy:policy:1..131072 ResourceOwner:string:1..2048 CallerArn:string:1..2048 ContextEntries:list ResourceHandlingOption:string:1..64 MaxItems:integer:1..1000 Marker:string:1..320 OrderedOrganizationPolicyInputList:list) -> EvaluationResults:list EvaluationResults[].EvalActionName!:string:3..128 EvaluationResults[].EvalResourceName:string:1..2048 EvaluationResults[].EvalDecision!:string EvaluationResults[].MatchedStatements:list EvaluationResults[].MatchedStatements[].SourcePolicyId:string EvaluationResults[].MatchedStatements[].SourcePolicyType:string EvaluationResults[].MatchedStatements[].StartPosition:structure EvaluationResults[].MatchedStatements[].StartPosition.Line:integer EvaluationResults[].MatchedStatements[].StartPosition.Column:integer EvaluationResults[].MatchedStatements[].EndPosition:structure EvaluationResults[].MatchedStatements[].EndPosition.Line:integer EvaluationResults[].MatchedStatements[].EndPosition.Column:integer EvaluationResults[].MissingContextValues:list EvaluationResults[].OrganizationsDecisionDetail:structure EvaluationResults[].OrganizationsDecisionDetail.AllowedByOrganizations:boolean EvaluationResults[].PermissionsBoundaryDecisionDetail:structure EvaluationResults[].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary:boolean EvaluationResults[].EvalDecisionDetails:map EvaluationResults[].ResourceSpecificResults:list EvaluationResults[].ResourceSpecificResults[].EvalResourceName!:string:1..2048 EvaluationResults[].ResourceSpecificResults[].EvalResourceDecision!:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements:list EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].SourcePolicyId:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].SourcePolicyType:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition:structure EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition.Line:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition.Column:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition:structure EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition.Line:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition.Column:integer EvaluationResults[].ResourceSpecificResults[].MissingContextValues:list EvaluationResults[].ResourceSpecificResults[].EvalDecisionDetails:map EvaluationResults[].ResourceSpecificResults[].PermissionsBoundaryDecisionDetail:structure EvaluationResults[].ResourceSpecificResults[].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary:boolean IsTruncated:boolean Marker:string
        iam SimulatePrincipalPolicy(PolicySourceArn!:string:20..2048 PolicyInputList:list PermissionsBoundaryPolicyInputList:list ActionNames!:list ResourceArns:list ResourcePolicy:policy:1..131072 ResourceOwner:string:1..2048 CallerArn:string:1..2048 ContextEntries:list ResourceHandlingOption:string:1..64 MaxItems:integer:1..1000 Marker:string:1..320 PolicyExclusionList:list) -> EvaluationResults:list EvaluationResults[].EvalActionName!:string:3..128 EvaluationResults[].EvalResourceName:string:1..2048 EvaluationResults[].EvalDecision!:string EvaluationResults[].MatchedStatements:list EvaluationResults[].MatchedStatements[].SourcePolicyId:string EvaluationResults[].MatchedStatements[].SourcePolicyType:string EvaluationResults[].MatchedStatements[].StartPosition:structure EvaluationResults[].MatchedStatements[].StartPosition.Line:integer EvaluationResults[].MatchedStatements[].StartPosition.Column:integer EvaluationResults[].MatchedStatements[].EndPosition:structure EvaluationResults[].MatchedStatements[].EndPosition.Line:integer EvaluationResults[].MatchedStatements[].EndPosition.Column:integer EvaluationResults[].MissingContextValues:list EvaluationResults[].OrganizationsDecisionDetail:structure EvaluationResults[].OrganizationsDecisionDetail.AllowedByOrganizations:boolean EvaluationResults[].PermissionsBoundaryDecisionDetail:structure EvaluationResults[].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary:boolean EvaluationResults[].EvalDecisionDetails:map EvaluationResults[].ResourceSpecificResults:list EvaluationResults[].ResourceSpecificResults[].EvalResourceName!:string:1..2048 EvaluationResults[].ResourceSpecificResults[].EvalResourceDecision!:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements:list EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].SourcePolicyId:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].SourcePolicyType:string EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition:structure EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition.Line:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].StartPosition.Column:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition:structure EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition.Line:integer EvaluationResults[].ResourceSpecificResults[].MatchedStatements[].EndPosition.Column:integer EvaluationResults[].ResourceSpecificResults[].MissingContextValues:list EvaluationResults[].ResourceSpecificResults[].EvalDecisionDetails:map EvaluationResults[].ResourceSpecificResults[].PermissionsBoundaryDecisionDetail:structure EvaluationResults[].ResourceSpecificResults[].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary:boolean IsTruncated:boolean Marker:string
        iam GetContextKeysForCustomPolicy(PolicyInputList!:list) -> ContextKeyNames:list
        iam GetContextKeysForPrincipalPolicy(PolicySourceArn!:string:20..2048 PolicyInputList:list) -> ContextKeyNames:list
        iam ListPoliciesGrantingServiceAccess(Marker:string:1..320 Arn!:string:20..2048 ServiceNamespaces!:list) -> PoliciesGrantingServiceAccess!:list PoliciesGrantingServiceAccess[].ServiceNamespace:string:1..64 PoliciesGrantingServiceAccess[].Policies:list PoliciesGrantingServiceAccess[].Policies[].PolicyName!:string:1..128 PoliciesGrantingServiceAccess[].Policies[].PolicyType!:string PoliciesGrantingServiceAccess[].Policies[].PolicyArn:string:20..2048 PoliciesGrantingServiceAccess[].Policies[].EntityType:string PoliciesGrantingServiceAccess[].Policies[].EntityName:string:1..128 IsTruncated:boolean Marker:string
        iam GenerateCredentialReport() -> State:string Description:string
        iam GetCredentialReport() -> Content:blob ReportFormat:string GeneratedTime:timestamp
        iam GetAccountSummary() -> SummaryMap:map
        iam GetAccountAuthorizationDetails(Filter:list MaxItems:integer:1..1000 Marker:string:1..320) -> UserDetailList:list UserDetailList[].Path:string:1..512 UserDetailList[].UserName:string:1..64 UserDetailList[].UserId:string:16..128 UserDetailList[].Arn:string:20..2048 UserDetailList[].CreateDate:timestamp UserDetailList[].UserPolicyList:list UserDetailList[].UserPolicyList[].PolicyName:string:1..128 UserDetailList[].UserPolicyList[].PolicyDocument:policy:1..131072 UserDetailList[].GroupList:list UserDetailList[].AttachedManagedPolicies:list UserDetailList[].AttachedManagedPolicies[].PolicyName:string:1..128 UserDetailList[].AttachedManagedPolicies[].PolicyArn:string:20..2048 UserDetailList[].PermissionsBoundary:structure UserDetailList[].PermissionsBoundary.PermissionsBoundaryType:string UserDetailList[].PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 UserDetailList[].Tags:list UserDetailList[].Tags[].Key!:string:1..128 UserDetailList[].Tags[].Value!:string:0..256 GroupDetailList:list GroupDetailList[].Path:string:1..512 GroupDetailList[].GroupName:string:1..128 GroupDetailList[].GroupId:string:16..128 GroupDetailList[].Arn:string:20..2048 GroupDetailList[].CreateDate:timestamp GroupDetailList[].GroupPolicyList:list GroupDetailList[].GroupPolicyList[].PolicyName:string:1..128 GroupDetailList[].GroupPolicyList[].PolicyDocument:policy:1..131072 GroupDetailList[].AttachedManagedPolicies:list GroupDetailList[].AttachedManagedPolicies[].PolicyName:string:1..128 GroupDetailList[].AttachedManagedPolicies[].PolicyArn:string:20..2048 RoleDetailList:list Policies:list Policies[].PolicyName:string:1..128 Policies[].PolicyId:string:16..128 Policies[].Arn:string:20..2048 Policies[].Path:string:1..512 Policies[].DefaultVersionId:string Policies[].AttachmentCount:integer Policies[].PermissionsBoundaryUsageCount:integer Policies[].IsAttachable:boolean Policies[].Description:string:..1000 Policies[].CreateDate:timestamp Policies[].UpdateDate:timestamp Policies[].PolicyVersionList:list Policies[].PolicyVersionList[].Document:policy:1..131072 Policies[].PolicyVersionList[].VersionId:string Policies[].PolicyVersionList[].IsDefaultVersion:boolean Policies[].PolicyVersionList[].CreateDate:timestamp IsTruncated:boolean Marker:string
        iam ListAccountAliases(Marker:string:1..320 MaxItems:integer:1..1000) -> AccountAliases!:list IsTruncated:boolean Marker:string
        iam PutGroupPolicy(GroupName!:string:1..128 PolicyName!:string:1..128 PolicyDocument!:policy:1..131072) ->
        iam PutUserPolicy(UserName!:string:1..128 PolicyName!:string:1..128 PolicyDocument!:policy:1..131072) ->
        iam RemoveUserFromGroup(GroupName!:string:1..128 UserName!:string:1..128) ->
        iam SetDefaultPolicyVersion(PolicyArn!:string:20..2048 VersionId!:string) ->
        iam UpdateAccessKey(UserName:string:1..128 AccessKeyId!:string:16..128 Status!:string) ->
        iam TagUser(UserName!:string:1..128 Tags!:list) ->
        iam UntagUser(UserName!:string:1..128 TagKeys!:list) ->
        iam ListUserTags(UserName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> Tags!:list Tags[].Key!:string:1..128 Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam TagPolicy(PolicyArn!:string:20..2048 Tags!:list) ->
        iam UntagPolicy(PolicyArn!:string:20..2048 TagKeys!:list) ->
        iam ListPolicyTags(PolicyArn!:string:20..2048 Marker:string:1..320 MaxItems:integer:1..1000) -> Tags!:list Tags[].Key!:string:1..128 Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam ListPolicies(Scope:string OnlyAttached:boolean PathPrefix:string:1..512 PolicyUsageFilter:string Marker:string:1..320 MaxItems:integer:1..1000) -> Policies:list Policies[].PolicyName:string:1..128 Policies[].PolicyId:string:16..128 Policies[].Arn:string:20..2048 Policies[].Path:string:1..512 Policies[].DefaultVersionId:string Policies[].AttachmentCount:integer Policies[].PermissionsBoundaryUsageCount:integer Policies[].IsAttachable:boolean Policies[].Description:string:..1000 Policies[].CreateDate:timestamp Policies[].UpdateDate:timestamp Policies[].Tags:list Policies[].Tags[].Key!:string:1..128 Policies[].Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam ListEntitiesForPolicy(PolicyArn!:string:20..2048 EntityFilter:string PathPrefix:string:1..512 PolicyUsageFilter:string Marker:string:1..320 MaxItems:integer:1..1000) -> PolicyGroups:list PolicyGroups[].GroupName:string:1..128 PolicyGroups[].GroupId:string:16..128 PolicyUsers:list PolicyUsers[].UserName:string:1..64 PolicyUsers[].UserId:string:16..128 PolicyRoles:list PolicyRoles[].RoleName:string:1..64 PolicyRoles[].RoleId:string:16..128 IsTruncated:boolean Marker:string
        iam PutUserPermissionsBoundary(UserName!:string:1..64 PermissionsBoundary!:string:20..2048) ->
        iam DeleteUserPermissionsBoundary(UserName!:string:1..64) ->
        iam UploadSSHPublicKey(UserName!:string:1..64 SSHPublicKeyBody!:string:1..16384) -> SSHPublicKey:structure SSHPublicKey.UserName!:string:1..64 SSHPublicKey.SSHPublicKeyId!:string:20..128 SSHPublicKey.Fingerprint!:string:48..48 SSHPublicKey.SSHPublicKeyBody!:string:1..16384 SSHPublicKey.Status!:string SSHPublicKey.UploadDate:timestamp
        iam GetSSHPublicKey(UserName!:string:1..64 SSHPublicKeyId!:string:20..128 Encoding!:string) -> SSHPublicKey:structure SSHPublicKey.UserName!:string:1..64 SSHPublicKey.SSHPublicKeyId!:string:20..128 SSHPublicKey.Fingerprint!:string:48..48 SSHPublicKey.SSHPublicKeyBody!:string:1..16384 SSHPublicKey.Status!:string SSHPublicKey.UploadDate:timestamp
        iam ListSSHPublicKeys(UserName:string:1..64 Marker:string:1..320 MaxItems:integer:1..1000) -> SSHPublicKeys:list SSHPublicKeys[].UserName!:string:1..64 SSHPublicKeys[].SSHPublicKeyId!:string:20..128 SSHPublicKeys[].Status!:string SSHPublicKeys[].UploadDate!:timestamp IsTruncated:boolean Marker:string
        iam UpdateSSHPublicKey(UserName!:string:1..64 SSHPublicKeyId!:string:20..128 Status!:string) ->
        iam DeleteSSHPublicKey(UserName!:string:1..64 SSHPublicKeyId!:string:20..128) ->
        iam UploadServerCertificate(Path:string:1..512 ServerCertificateName!:string:1..128 CertificateBody!:string:1..16384 PrivateKey!:string:1..16384 CertificateChain:string:1..2097152 Tags:list) -> ServerCertificateMetadata:structure ServerCertificateMetadata.Path!:string:1..512 ServerCertificateMetadata.ServerCertificateName!:string:1..128 ServerCertificateMetadata.ServerCertificateId!:string:16..128 ServerCertificateMetadata.Arn!:string:20..2048 ServerCertificateMetadata.UploadDate:timestamp ServerCertificateMetadata.Expiration:timestamp Tags:list Tags[].Key!:string:1..128 Tags[].Value!:string:0..256
        iam GetServerCertificate(ServerCertificateName!:string:1..128) -> ServerCertificate!:structure ServerCertificate.ServerCertificateMetadata!:structure ServerCertificate.ServerCertificateMetadata.Path!:string:1..512 ServerCertificate.ServerCertificateMetadata.ServerCertificateName!:string:1..128 ServerCertificate.ServerCertificateMetadata.ServerCertificateId!:string:16..128 ServerCertificate.ServerCertificateMetadata.Arn!:string:20..2048 ServerCertificate.ServerCertificateMetadata.UploadDate:timestamp ServerCertificate.ServerCertificateMetadata.Expiration:timestamp ServerCertificate.CertificateBody!:string:1..16384 ServerCertificate.CertificateChain:string:1..2097152 ServerCertificate.Tags:list ServerCertificate.Tags[].Key!:string:1..128 ServerCertificate.Tags[].Value!:string:0..256
        iam ListServerCertificates(PathPrefix:string:1..512 Marker:string:1..320 MaxItems:integer:1..1000) -> ServerCertificateMetadataList!:list ServerCertificateMetadataList[].Path!:string:1..512 ServerCertificateMetadataList[].ServerCertificateName!:string:1..128 ServerCertificateMetadataList[].ServerCertificateId!:string:16..128 ServerCertificateMetadataList[].Arn!:string:20..2048 ServerCertificateMetadataList[].UploadDate:timestamp ServerCertificateMetadataList[].Expiration:timestamp IsTruncated:boolean Marker:string
        iam UpdateServerCertificate(ServerCertificateName!:string:1..128 NewPath:string:1..512 NewServerCertificateName:string:1..128) ->
        iam DeleteServerCertificate(ServerCertificateName!:string:1..128) ->
        iam TagServerCertificate(ServerCertificateName!:string:1..128 Tags!:list) ->
        iam UntagServerCertificate(ServerCertificateName!:string:1..128 TagKeys!:list) ->
        iam ListServerCertificateTags(ServerCertificateName!:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> Tags!:list Tags[].Key!:string:1..128 Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam UpdateAccountPasswordPolicy(MinimumPasswordLength:integer:6..128 RequireSymbols:boolean RequireNumbers:boolean RequireUppercaseCharacters:boolean RequireLowercaseCharacters:boolean AllowUsersToChangePassword:boolean MaxPasswordAge:integer:1..1095 PasswordReusePrevention:integer:1..24 HardExpiry:boolean) ->
        iam GetAccountPasswordPolicy() -> PasswordPolicy!:structure PasswordPolicy.MinimumPasswordLength:integer:6..128 PasswordPolicy.RequireSymbols:boolean PasswordPolicy.RequireNumbers:boolean PasswordPolicy.RequireUppercaseCharacters:boolean PasswordPolicy.RequireLowercaseCharacters:boolean PasswordPolicy.AllowUsersToChangePassword:boolean PasswordPolicy.ExpirePasswords:boolean PasswordPolicy.MaxPasswordAge:integer:1..1095 PasswordPolicy.PasswordReusePrevention:integer:1..24 PasswordPolicy.HardExpiry:boolean
        iam DeleteAccountPasswordPolicy() ->
        iam CreateLoginProfile(UserName:string:1..64 Password:string:1..128 PasswordResetRequired:boolean) -> LoginProfile!:structure LoginProfile.UserName!:string:1..64 LoginProfile.CreateDate!:timestamp LoginProfile.PasswordResetRequired:boolean
        iam GetLoginProfile(UserName:string:1..64) -> LoginProfile!:structure LoginProfile.UserName!:string:1..64 LoginProfile.CreateDate!:timestamp LoginProfile.PasswordResetRequired:boolean
        iam UpdateLoginProfile(UserName!:string:1..64 Password:string:1..128 PasswordResetRequired:boolean) ->
        iam DeleteLoginProfile(UserName:string:1..64) ->
        iam ChangePassword(OldPassword!:string:1..128 NewPassword!:string:1..128) ->
        iam UpdateGroup(GroupName!:string:1..128 NewPath:string:1..512 NewGroupName:string:1..128) ->
        iam UpdateUser(UserName!:string:1..128 NewPath:string:1..512 NewUserName:string:1..64) ->
        iam GetAccessKeyLastUsed(AccessKeyId!:string:16..128) -> UserName:string:1..128 AccessKeyLastUsed:structure AccessKeyLastUsed.LastUsedDate:timestamp AccessKeyLastUsed.ServiceName!:string AccessKeyLastUsed.Region!:string
        iam CreateVirtualMFADevice(Path:string:1..512 VirtualMFADeviceName!:string:1.. Tags:list) -> VirtualMFADevice!:structure VirtualMFADevice.SerialNumber!:string:9..256 VirtualMFADevice.Base32StringSeed:blob VirtualMFADevice.QRCodePNG:blob VirtualMFADevice.User:structure VirtualMFADevice.User.Path!:string:1..512 VirtualMFADevice.User.UserName!:string:1..64 VirtualMFADevice.User.UserId!:string:16..128 VirtualMFADevice.User.Arn!:string:20..2048 VirtualMFADevice.User.CreateDate!:timestamp VirtualMFADevice.User.PasswordLastUsed:timestamp VirtualMFADevice.User.PermissionsBoundary:structure VirtualMFADevice.User.PermissionsBoundary.PermissionsBoundaryType:string VirtualMFADevice.User.PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 VirtualMFADevice.User.Tags:list VirtualMFADevice.User.Tags[].Key!:string:1..128 VirtualMFADevice.User.Tags[].Value!:string:0..256 VirtualMFADevice.EnableDate:timestamp VirtualMFADevice.Tags:list VirtualMFADevice.Tags[].Key!:string:1..128 VirtualMFADevice.Tags[].Value!:string:0..256
        iam DeleteVirtualMFADevice(SerialNumber!:string:9..256) ->
        iam EnableMFADevice(UserName!:string:1..128 SerialNumber!:string:9..256 AuthenticationCode1!:string:6..6 AuthenticationCode2!:string:6..6) ->
        iam ResyncMFADevice(UserName!:string:1..128 SerialNumber!:string:9..256 AuthenticationCode1!:string:6..6 AuthenticationCode2!:string:6..6) ->
        iam DeactivateMFADevice(UserName:string:1..128 SerialNumber!:string:9..256) ->
        iam GetMFADevice(SerialNumber!:string:9..256 UserName:string:1..64) -> UserName:string:1..64 SerialNumber!:string:9..256 EnableDate:timestamp Certifications:map
        iam ListMFADevices(UserName:string:1..128 Marker:string:1..320 MaxItems:integer:1..1000) -> MFADevices!:list MFADevices[].UserName!:string:1..64 MFADevices[].SerialNumber!:string:9..256 MFADevices[].EnableDate!:timestamp IsTruncated:boolean Marker:string
        iam ListVirtualMFADevices(AssignmentStatus:string Marker:string:1..320 MaxItems:integer:1..1000) -> VirtualMFADevices!:list VirtualMFADevices[].SerialNumber!:string:9..256 VirtualMFADevices[].Base32StringSeed:blob VirtualMFADevices[].QRCodePNG:blob VirtualMFADevices[].User:structure VirtualMFADevices[].User.Path!:string:1..512 VirtualMFADevices[].User.UserName!:string:1..64 VirtualMFADevices[].User.UserId!:string:16..128 VirtualMFADevices[].User.Arn!:string:20..2048 VirtualMFADevices[].User.CreateDate!:timestamp VirtualMFADevices[].User.PasswordLastUsed:timestamp VirtualMFADevices[].User.PermissionsBoundary:structure VirtualMFADevices[].User.PermissionsBoundary.PermissionsBoundaryType:string VirtualMFADevices[].User.PermissionsBoundary.PermissionsBoundaryArn:string:20..2048 VirtualMFADevices[].User.Tags:list VirtualMFADevices[].User.Tags[].Key!:string:1..128 VirtualMFADevices[].User.Tags[].Value!:string:0..256 VirtualMFADevices[].EnableDate:timestamp VirtualMFADevices[].Tags:list VirtualMFADevices[].Tags[].Key!:string:1..128 VirtualMFADevices[].Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        iam TagMFADevice(SerialNumber!:string:9..256 Tags!:list) ->
        iam UntagMFADevice(SerialNumber!:string:9..256 TagKeys!:list) ->
        iam ListMFADeviceTags(SerialNumber!:string:9..256 Marker:string:1..320 MaxItems:integer:1..1000) -> Tags!:list Tags[].Key!:string:1..128 Tags[].Value!:string:0..256 IsTruncated:boolean Marker:string
        sts GetSessionToken(DurationSeconds:integer:900..129600 SerialNumber:string:9..256 TokenCode:string:6..6) -> Credentials:structure Credentials.AccessKeyId!:string:16..128 Credentials.SecretAccessKey!:string Credentials.SessionToken!:string Credentials.Expiration!:timestamp
        sts GetAccessKeyInfo(AccessKeyId!:string:16..128) -> Account:string
        sts GetCallerIdentity() -> UserId:string Account:string Arn:string:20..2048
        """.Split('\n').Select(line => OperationForm().Match(line).Groups).ToDictionary(
            parts => parts["name"].Value,
            parts => (parts["service"].Value, Members(parts["parameters"].Value), Members(parts["answer"].Value)), StringComparer.Ordinal);
}
