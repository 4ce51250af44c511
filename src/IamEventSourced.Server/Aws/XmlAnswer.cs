using System.Text;
using System.Text.Json;
using System.Xml;

namespace IamEventSourced.Server;

/// <summary>Answers and refusals as AWS's Query protocol writes them.</summary>
static class XmlAnswer
{
    static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), OmitXmlDeclaration = true,
        NewLineHandling = NewLineHandling.Entitize, // a parser would make a line feed of a carriage return
    };

    /// <summary>What was answered; a member that is absent is left out, a list holds <c>member</c>s, a map <c>entry</c>s, policy texts are percent-encoded.</summary>
    public static byte[] Of(Operation operation, object? answer, string requestId) => Write(xml =>
    {
        xml.WriteStartElement($"{operation.Name}Response", AwsService.Find(operation.Service).Namespace);
        if (answer is not null && operation.Answer is { } type)
            Element(xml, $"{operation.Name}Result", JsonSerializer.SerializeToElement(answer, Json.Options), Shape.Of(type));
        xml.WriteStartElement("ResponseMetadata");
        xml.WriteElementString("RequestId", requestId);
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    /// <summary>Why it was refused.</summary>
    public static byte[] Of(IamError error, string service, string requestId) => Write(xml =>
    {
        xml.WriteStartElement("ErrorResponse", AwsService.Find(service).Namespace);
        xml.WriteStartElement("Error");
        xml.WriteElementString("Type", error.Status < 500 ? "Sender" : "Receiver");
        xml.WriteElementString("Code", Printable(error.Code));
        xml.WriteElementString("Message", Printable(error.Message));
        xml.WriteEndElement();
        xml.WriteElementString("RequestId", requestId);
        xml.WriteEndElement();
    });

    static byte[] Write(Action<XmlWriter> content)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, Settings)) content(xml);
        return bytes.ToArray();
    }

    static void Element(XmlWriter xml, string name, JsonElement value, Shape? shape)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return;
        xml.WriteStartElement(name);
        if (shape?.Kind is ShapeKind.Json) xml.WriteString(Printable(value.GetRawText()));
        else if (shape?.Kind is ShapeKind.Map)
            foreach (var entry in value.EnumerateObject())
            {
                xml.WriteStartElement("entry");
                xml.WriteElementString("key", Printable(entry.Name));
                Element(xml, "value", entry.Value, shape.Item);
                xml.WriteEndElement();
            }
        else if (value.ValueKind is JsonValueKind.Object)
            foreach (var member in value.EnumerateObject()) Element(xml, member.Name, member.Value, shape?.Find(member.Name));
        else if (value.ValueKind is JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) Element(xml, "member", item, shape?.Item);
        else if (value.ValueKind is JsonValueKind.String)
            xml.WriteString(shape?.Type == typeof(PolicyText) ? Uri.EscapeDataString(value.GetString()!) : Printable(value.GetString()!));
        else xml.WriteString(value.GetRawText());
        xml.WriteEndElement();
    }

    // XML has no way to write most control characters, not even escaped; U+FFFD says that something stood there.
    static string Printable(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) cleaned.Append(text, i++, 2);
            else cleaned.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        return cleaned.ToString();
    }
}
