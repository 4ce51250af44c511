namespace IamEventSourced.Server;

/// <summary>A service of AWS of which we have operations.</summary>
/// <param name="Name">As requests are signed for it.</param>
/// <param name="Version">The date that its requests name.</param>
/// <param name="Namespace">Of its XML.</param>
sealed record AwsService(string Name, string Version, string Namespace)
{
    public static IReadOnlyList<AwsService> All { get; } =
    [
        new("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"),
        new("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"),
    ];

    /// <summary>The service of this name; iam where there is none, which only a refusal can need.</summary>
    public static AwsService Find(string name) => All.FirstOrDefault(service => service.Name == name) ?? All[0];
}
