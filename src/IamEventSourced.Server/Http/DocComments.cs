using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IamEventSourced.Server;

/// <summary>The doc comments of operations and answers, from the file that the compiler writes beside their assembly; none where it wrote none.</summary>
sealed partial class DocComments
{
    readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    /// <summary>Reads the assembly's file.</summary>
    public DocComments(Assembly assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
        if (!File.Exists(path)) return;
        foreach (var member in XDocument.Load(path).Descendants("member"))
            if (member.Attribute("name")?.Value is { } name) _members[name] = member;
    }

    /// <summary>What a type is.</summary>
    public string? Of(Type type) => Words(_members.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));

    /// <summary>What a record's member is.</summary>
    public string? Of(Type type, string member) => Words(_members.GetValueOrDefault($"T:{type.FullName}")?.Elements("param").FirstOrDefault(param => param.Attribute("name")?.Value == member))
        ?? Words(_members.GetValueOrDefault($"P:{type.FullName}.{member}")?.Element("summary"));

    static string? Words(XElement? comment)
    {
        if (comment is null) return null;
        // <see cref="P:A.B.C"/> reads as C; what was wrapped for an editor becomes one line.
        var text = string.Concat(comment.DescendantNodes().Select(node => node switch
        {
            XText words => words.Value,
            XElement { IsEmpty: true } see => (see.Attribute("cref") ?? see.Attribute("name") ?? see.Attribute("langword"))?.Value.Split('.', ':')[^1],
            _ => null,
        }));
        return Spaces().Replace(text, " ").Trim() is { Length: > 0 } words ? words : null;
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
