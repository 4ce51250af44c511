using FsCheck;
using FsCheck.Fluent;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>A policy with pieces of it replaced, left out or doubled.</summary>
public sealed record GarbledText(string Text);

public static class GarbledTexts
{
    private static readonly string[] Pieces =
    [
        "", "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\r", "\n", "\0", "\u0001", "\u007f", "\u00ff", "\u0100", "\ud800", "\udc00", "\ufeff", "\\u", "\\u4e2d", "\\ud83d\\ude00", "\\ud800", "\\udc00",
        "null", "true", "-", "-0.5e+3", "01", "1e", "*", "?", "$", "${", "${}", "${*}", "${a,'b'}", "'", "/*", "//", "arn:", ":::", "\"a\":", "{}", "[]", "[[[[[[[[",
        "\"Statement\":", "\"Version\":\"2008-10-17\",", "\"Sid\":\"a\",", "\"Principal\":\"*\",", "\"Principal\":{\"AWS\":", "\"NotAction\":\"*\",", "\"Resource\":", "\"Condition\":{\"Bool\":{", "ForAllValues:", "IfExists",
        new string('a', 3000), new string('*', 300), new string('[', 3000), string.Concat(Enumerable.Repeat("${", 300)),
    ];

    public static Arbitrary<GarbledText> GarbledText() => Arb.From(
        from text in Gen.OneOf(Cases.Case().Generator.Select(given => given.Identity[0]), WideCases.WideCase().Generator.Select(given => given.OnResource?[0] ?? "{}"))
        from count in Gen.Choose(1, 4)
        from changes in Change().ArrayOf(count)
        select new GarbledText(changes.Aggregate(text, (before, change) => change.Of(before))), Shrink);

    private static Gen<Change> Change() =>
        from start in Gen.Choose(0, int.MaxValue)
        from length in Gen.Frequency((4, Gen.Choose(0, 2)), (1, Gen.Choose(0, 200)), (1, Gen.Constant(int.MaxValue)))
        from piece in Gen.Elements(Pieces)
        from doubles in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Change(start, length, piece, doubles);

    private static IEnumerable<GarbledText> Shrink(GarbledText given)
    {
        for (var length = given.Text.Length / 2; length > 0; length /= 2)
            for (var start = 0; start + length <= given.Text.Length; start += length) yield return new(given.Text.Remove(start, length));
    }
}

/// <summary>A piece put in place of others, or beside them; a length beyond the text means its end.</summary>
internal readonly record struct Change(int Start, int Length, string Piece, bool Doubles)
{
    internal string Of(string text)
    {
        var start = Start % (text.Length + 1);
        var end = start + Math.Min(Length, text.Length - start);
        return text[..(Doubles ? end : start)] + Piece + text[(Doubles ? start : end)..];
    }
}
