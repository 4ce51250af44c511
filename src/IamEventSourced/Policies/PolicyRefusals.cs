namespace IamEventSourced;

/// <summary>What AWS says of policies, said once.</summary>
public static class PolicyRefusals
{
    extension(IamError)
    {
        /// <summary>404: there is no policy of this ARN.</summary>
        public static IamError NoSuchPolicy(Arn policy) => IamError.NoSuchEntity($"Policy {policy} was not found.");

        /// <summary>404: there is no policy of this ARN that could be attached.</summary>
        public static IamError NoSuchAttachable(Arn policy) => IamError.NoSuchEntity($"Policy {policy} does not exist or is not attachable.");

        /// <summary>404: the policy has no such version, or no longer.</summary>
        public static IamError NoSuchVersion(Arn policy, VersionId version) => IamError.NoSuchEntity($"Policy {policy} version {version} does not exist or is not attachable.");

        /// <summary>409: a policy has this name; names are unique without case.</summary>
        public static IamError PolicyAlreadyExists(PolicyName name) => new("EntityAlreadyExists", 409, $"A policy called {name} already exists. Duplicate names are not allowed.");

        /// <summary>409: a principal's inline policies together are too long. AWS says bytes and counts characters without white space.</summary>
        public static IamError InlineTooLong(int limit, string kind, object name) => new("LimitExceeded", 409, $"Maximum policy size of {limit} bytes exceeded for {kind} {name}");

        /// <summary>409: the policy has as many versions as it may have.</summary>
        public static IamError TooManyVersions(int limit) => new("LimitExceeded", 409,
            $"A managed policy can have up to {limit} versions. Before you create a new version, you must delete an existing version.");
    }

    extension(PolicyText text)
    {
        /// <summary>Why the text can't be a managed policy's: malformed first, then too long; or null.</summary>
        public IamError? ManagedRefusal(Quotas quotas) =>
            text.Malformation is { } malformation ? IamError.MalformedPolicyDocument(malformation)
            : text.Size > quotas.PolicySize ? IamError.LimitExceeded("PolicySize", quotas.PolicySize) : null;
    }
}
