using IamEventSourced.Cli;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = !stop.IsCancellationRequested; // pressed again it ends at once
    stop.Cancel();
};
return (int)await CommandLine.Run(args, new(Console.Out, Console.Error, Environment.GetEnvironmentVariable) { IsTerminal = !Console.IsOutputRedirected, Input = Console.In }, stop.Token);
