using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>A place in a policy's text as the simulator counts (R125).</summary>
/// <param name="Line">From 1; LF, CR and CR LF end a line.</param>
/// <param name="Column">From 1, in UTF-16 code units: the column of the character after the token.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TextPosition(int Line, int Column);
