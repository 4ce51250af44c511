using System.Buffers;
using System.Globalization;
using System.Text;

namespace IamEventSourced;

/// <summary>
/// A credential report as AWS writes it: a header and a line for root and for each user in the order of the names, which end in a line feed each but for the last.
/// Signing certificates, of which there are none here, have their columns too; what there is of access keys beyond two has one that is there only then.
/// </summary>
static class CredentialReport
{
    const int KeysShown = 2;
    const string None = "N/A", Unknown = "no_information", NotSupported = "not_supported";
    const string Columns = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
        + "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
        + "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,"
        + "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    /// <summary>The report of a directory.</summary>
    public static async Task<string> Of(Directory directory, IHistory history)
    {
        var users = directory.Users.After(null).ToList();
        List<string> credentials = [.. directory.RootKeys.Concat(users.SelectMany(user => user.AccessKeys)).Select(key => key.Key.Value), .. users.Where(user => user.LoginProfile is not null).Select(user => user.Id.Value)];
        if (directory.RootLoginProfile is not null) credentials.Add(directory.Account.Value);
        var uses = await history.LastUsesOf(credentials);
        var hasMore = users.Any(user => user.AccessKeys.Count > KeysShown);

        var text = new StringBuilder(Columns);
        if (hasMore) text.Append(",additional_credentials_info");
        Add(text, directory, null, uses, hasMore);
        foreach (var user in users) Add(text, directory, user, uses, hasMore);
        return text.ToString();
    }

    /// <summary>The line of a user or, where none is named, of root.</summary>
    static void Add(StringBuilder text, Directory directory, User? user, IReadOnlyDictionary<string, CredentialUse> uses, bool hasMore)
    {
        var (principal, profile) = (user?.Id.Value ?? directory.Account.Value, directory.LoginProfileOf(user));
        Quote(text.Append('\n'), user?.Name.Value ?? "<root_account>");
        Quote(text.Append(','), (user is null ? Arn.Of(directory.Account, "root") : directory.ArnOf(user)).Value);
        Add(text, Time((user?.Created ?? directory.Created).At));
        Add(text, Bool(profile is not null));
        Add(text, profile is null ? None : uses.TryGetValue(principal, out var signIn) ? Time(signIn.At) : Unknown);
        Add(text, profile is null ? None : Time(profile.PasswordSince.At));
        Add(text, user is null ? NotSupported : profile is not null && directory.PasswordPolicy is { MaxPasswordAge: > 0 and var days } ? Time(profile.PasswordSince.At.AddDays(days)) : None);
        Add(text, Bool(directory.MFADevicesOf(user).Count > 0));

        List<AccessKey> keys = [.. (user?.AccessKeys ?? directory.RootKeys).Select(key => key.Value).OrderBy(key => key.Id.Value, StringComparer.Ordinal)];
        for (var i = 0; i < KeysShown; i++)
        {
            var key = i < keys.Count ? keys[i] : null;
            var use = key is null ? null : uses.GetValueOrDefault(key.Id.Value);
            Add(text, Bool(key?.Status == StatusType.Active));
            Add(text, key is null ? None : Time(key.StatusSince.At));
            Add(text, use is null ? None : Time(use.At));
            Quote(text.Append(','), use?.Region ?? None);
            Quote(text.Append(','), use?.Service ?? None);
        }
        text.Append(",false,N/A,false,N/A");
        if (hasMore) Add(text, keys.Count > KeysShown ? string.Create(CultureInfo.InvariantCulture, $"{keys.Count - KeysShown} more access keys: ListAccessKeys") : None);
    }

    static void Add(StringBuilder text, string value) => text.Append(',').Append(value);

    static void Quote(StringBuilder text, string value)
    {
        if (value.AsSpan().ContainsAny(Quoted)) text.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else text.Append(value);
    }

    static string Bool(bool value) => value ? "true" : "false";

    static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
}
