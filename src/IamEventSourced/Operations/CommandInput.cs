using System.Text.Json;

namespace IamEventSourced;

/// <summary>A command as it would be sent. It prints its name alone: among the parameters may be a secret.</summary>
/// <param name="OperationName">The operation.</param>
/// <param name="Parameters">Its parameters, a JSON object; none: it is given none. In a form: the object's text.</param>
public sealed record CommandInput(OperationName OperationName, JsonElement? Parameters = null)
{
    /// <summary>How this command is sent.</summary>
    public static CommandInput Of(ICommand command) => new(Operation.Of(command).Name, JsonSerializer.SerializeToElement(command, command.GetType(), Json.Options));

    /// <summary>The command, or all that is wrong with it, as a door would say it.</summary>
    public Answer<ICommand> Read()
    {
        if (!Operation.All.TryGetValue(OperationName.Value, out var operation) || !operation.IsCommand) return new IamError("InvalidAction", 404, $"There is no command {OperationName}.");
        var (command, invalid) = operation.Read(Parameters ?? JsonElement.Parse("{}"));
        return new((ICommand?)command, invalid);
    }

    /// <inheritdoc/>
    public override string ToString() => OperationName.Value;
}

/// <summary>The name of an operation, as <c>AddUserToGroup</c>; 1–128 letters and digits.</summary>
public sealed record OperationName(string Value) : Text<OperationName>(Value), IText<OperationName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9]+");
    /// <inheritdoc/>
    public static implicit operator OperationName(string text) => new(text);
}
