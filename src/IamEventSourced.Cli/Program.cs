using IamEventSourced.Cli;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
return (int)await CommandLine.Run(args, new(Console.Out, Console.Error, Environment.GetEnvironmentVariable) { IsTerminal = !Console.IsOutputRedirected, Input = Console.In }, stop.Token);
