namespace IamEventSourced.Server;

/// <summary>What users, root and the account prove themselves by.</summary>
sealed partial class PartialDirectory
{
    void AskKeys() =>
        Ask($"""
            with keys as (select access_key_id, user_id, from_revision, from_at from iam.access_keys where {Then} and (user_id is null or user_id = any(@users))),
            statuses as (select access_key_id, status, from_revision, from_at from iam.access_key_statuses where {Then} and access_key_id in (select access_key_id from keys))
            select * from keys join statuses using (access_key_id)
            """, row =>
        {
            AccessKey key = new(row.GetString(0), Since(row, 2)) { Status = row.GetString(4), StatusSince = Since(row, 5) };
            if (row.IsDBNull(1)) _directory = _directory with { RootKeys = _directory.RootKeys.With(key.Id, key) };
            else _users[row.GetString(1)] = _users[row.GetString(1)] with { AccessKeys = _users[row.GetString(1)].AccessKeys.With(key.Id, key) };
        }, ("users", _users.Keys.ToArray()));

    void AskCertificates(string which, params (string, object)[] parameters) =>
        AskOf($"""
            with certificates as (select server_certificate_id, server_certificate_name, path from iam.server_certificates where {Then} and {which})
            select server_certificate_id, server_certificate_name, path, body, chain, from_revision, from_at from certificates join iam.server_certificate_bodies using (server_certificate_id) where {Then}
            """, row => _certificates.TryAdd(row.GetString(0), new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : new CertificateChain(row.GetString(4)), Since(row, 5))), parameters);

    /// <summary>Those of the loaded users, and root's.</summary>
    void AskLoginProfiles() =>
        Ask($"""
            select principal_id, p.password_id, p.from_revision, p.from_at, l.from_revision, l.from_at, r.from_revision, r.from_at
            from (select * from iam.login_profiles where {Then} and principal_id = any(@principals)) l
            join (select * from iam.passwords where {Then} and principal_id = any(@principals)) p using (principal_id)
            left join (select * from iam.password_resets where {Then} and principal_id = any(@principals)) r using (principal_id)
            """, row =>
        {
            LoginProfile profile = new(row.GetString(1), Since(row, 2), Since(row, 4), row.IsDBNull(6) ? null : Since(row, 6));
            if (_users.TryGetValue(row.GetString(0), out var user)) _users[user.Id.Value] = user with { LoginProfile = profile };
            else _directory = _directory with { RootLoginProfile = profile };
        }, ("principals", _users.Keys.Append(_account.Value).ToArray()));

    void AskSSHPublicKeys() =>
        AskOf($"""
            with keys as (select ssh_public_key_id, user_id, body, from_revision, from_at from iam.ssh_public_keys where {Then} and user_id = any(@users)),
            statuses as (select ssh_public_key_id, status, from_revision, from_at from iam.ssh_public_key_statuses where {Then} and ssh_public_key_id in (select ssh_public_key_id from keys))
            select * from keys join statuses using (ssh_public_key_id)
            """, row =>
        {
            SSHPublicKey key = new(row.GetString(0), row.GetString(2), Since(row, 3)) { Status = row.GetString(5), StatusSince = Since(row, 6) };
            _users[row.GetString(1)] = _users[row.GetString(1)] with { SSHPublicKeys = _users[row.GetString(1)].SSHPublicKeys.With(key.Id, key) };
        }, ("users", _users.Keys.ToArray()));

    void AskDevices(string which, params (string, object)[] parameters) =>
        AskOf($"select mfa_device_id, mfa_device_name, path, from_revision, from_at from iam.mfa_devices where {Then} and {which}", row => _devices.TryAdd(row.GetString(0), new(row.GetString(0), row.GetString(1), row.GetString(2), Since(row, 3))), parameters);

    /// <summary>Whose the loaded devices are, and the devices of the loaded users and of root.</summary>
    void AskAssignments(List<(string Device, UserId? User, Stamp Since)> assignments) =>
        Ask($"select mfa_device_id, user_id, from_revision, from_at from iam.mfa_assignments where {Then} and (user_id is null or user_id = any(@users) or mfa_device_id = any(@devices))",
            row => assignments.Add((row.GetString(0), row.IsDBNull(1) ? null : new UserId(row.GetString(1)), Since(row, 2))), ("users", _users.Keys.ToArray()), ("devices", _devices.Keys.ToArray()));

    void AddAssignments(List<(string Device, UserId? User, Stamp Since)> assignments)
    {
        foreach (var (device, user, since) in assignments)
        {
            _devices[device] = _devices[device] with { Assigned = new(user, since, 0) };
            if (user is null) _directory = _directory with { RootMFADevices = _directory.RootMFADevices.With(device, since) };
            else if (_users.TryGetValue(user.Value, out var one)) _users[user.Value] = one with { MFADevices = one.MFADevices.With(device, since) };
        }
    }
}
