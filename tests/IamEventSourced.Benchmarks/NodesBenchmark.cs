using System.Globalization;
using IamEventSourced.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Benchmarks;

/// <summary>Durable commands of one account through two nodes: both write it, or one sends them to the other; against a single node in the same run.</summary>
static class NodesBenchmark
{
    sealed record Variant(string Name, IReadOnlyList<WebApplication> Nodes, AccountId Account)
    {
        public List<Answered> Rounds { get; } = [];
    }

    public static async Task Run(Options options)
    {
        var (seconds, rounds, loadBefore) = (options.Number("seconds", 3), options.Number("rounds", 5), Machine.Load);
        await using var first = await Node.Start();
        await using var alone = await first.StartServer(announced: false);
        WebApplication[] both = [await first.StartServer(announced: false), await first.StartServer(announced: false)], owned = [await first.StartServer(announced: true), await first.StartServer(announced: true)];
        while (owned.Any(node => Nodes(node).Peers.Count is 0)) await Task.Delay(100);

        Console.WriteLine($"AddUserToGroup/RemoveUserFromGroup of one account; PostgreSQL {first.Postgres.Version}, fsync on; medians of {rounds} rounds of {seconds} s, variants in turn; all nodes in one process");
        Console.WriteLine();
        Console.WriteLine("| callers | nodes | commands/s | p50 ms | p99 ms | ÷ one node |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var callers in options.Text("callers", "32,64").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)))
        {
            Variant one = new("one", [alone], $"3{callers:D11}");
            Variant[] variants = [one, new("two, both write", both, $"4{callers:D11}"), new("two, one owns", owned, $"5{callers:D11}")];
            Dictionary<Variant, List<Func<Task>>> work = [];
            foreach (var variant in variants) work[variant] = await Callers(first, variant, callers);
            foreach (var variant in variants) await Answered.Of(work[variant], seconds, () => Task.CompletedTask);
            for (var round = 0; round < rounds; round++)
                foreach (var variant in round % 2 is 0 ? variants : variants.Reverse()) variant.Rounds.Add(await Answered.Of(work[variant], seconds, () => Task.CompletedTask));
            foreach (var variant in variants)
                Console.WriteLine($"| {callers} | {variant.Name} | {variant.Rounds.Select(r => r.PerSecond).Median().Short()} | {variant.Rounds.Select(r => r.P50).Median().Short()} | {variant.Rounds.Select(r => r.P99).Median().Short()} | "
                    + $"{(variant == one ? "" : variant.Rounds.Zip(one.Rounds, (two, single) => two.PerSecond / single.PerSecond).Median().Short())} |");
        }
        Console.WriteLine();
        Console.WriteLine($"{owned.Sum(node => node.Services.GetRequiredService<Forwarding>().Answered):#,0} commands were sent to their owner. {Machine.Describe(loadBefore)}");
        foreach (var node in both.Concat(owned)) await node.DisposeAsync();

        static Nodes Nodes(WebApplication node) => node.Services.GetRequiredService<Nodes>();
    }

    static async Task<List<Func<Task>>> Callers(Node first, Variant variant, int count)
    {
        var (root, _) = await first.CreateAccount(variant.Account);
        GroupName group = "developers";
        await first.Carry(variant.Account, new CreateGroup(group), root);
        for (var i = 0; i < count; i++) await first.Carry(variant.Account, new CreateUser($"user-{i}"), root);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var dispatcher = variant.Nodes[i % variant.Nodes.Count].Services.GetRequiredService<Dispatcher>();
            UserName user = $"user-{i}";
            var there = false;
            return (Func<Task>)(async () =>
            {
                ICommand command = (there = !there) ? new AddUserToGroup(group, user) : new RemoveUserFromGroup(group, user);
                var reply = await dispatcher.Dispatch(new(variant.Account, command, root, Guid.CreateVersion7().ToString()), default);
                if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{command}: {refusal.Code} {refusal.Message}");
            });
        })];
    }
}
