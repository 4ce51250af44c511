namespace IamEventSourced;

/// <summary>Gives a server certificate another name, another path or both. Its id and tags stay; its ARN changes.</summary>
/// <param name="ServerCertificateName">The certificate, by its name until now.</param>
/// <param name="NewPath">The new path; none: it stays.</param>
/// <param name="NewServerCertificateName">The new name; none: it stays. The same in another case is a new one. One that another has: EntityAlreadyExists.</param>
public sealed record UpdateServerCertificate(ServerCertificateName ServerCertificateName, IamPath? NewPath = null, ServerCertificateName? NewServerCertificateName = null) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var certificate = directory.ServerCertificates.Find(ServerCertificateName);
        return [directory.ArnOf(ServerCertificateName), Arn.Of(directory.Account, $"server-certificate{NewPath ?? certificate?.Path ?? IamPath.Root}{NewServerCertificateName ?? certificate?.Name ?? ServerCertificateName}")];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.ServerCertificates.Find(ServerCertificateName) is not { } certificate) return IamError.NoSuchServerCertificate(ServerCertificateName);
        if (NewServerCertificateName is not null && directory.ServerCertificates.Find(NewServerCertificateName) is { } taken && taken.Id != certificate.Id) return IamError.EntityAlreadyExists("The Server Certificate", taken.Name);
        var renamed = new ServerCertificateRenamed(certificate.Id, NewServerCertificateName ?? certificate.Name, NewPath ?? certificate.Path);
        if (renamed.Path == certificate.Path && renamed.ServerCertificateName.Value == certificate.Name.Value) return Outcome.Unchanged;

        return renamed;
    }
}
