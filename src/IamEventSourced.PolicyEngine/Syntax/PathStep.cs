using System.Globalization;
using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>One step of a path: a member or an index. Only written out when somebody asks.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathStep(string? Member, int Index)
{
    public static implicit operator PathStep(string member) => new(member, 0);

    public static implicit operator PathStep(int index) => new(null, index);

    public override string ToString() => Member is null ? string.Create(CultureInfo.InvariantCulture, $"[{Index}]") : "." + Member;
}
