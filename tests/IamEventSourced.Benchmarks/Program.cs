using IamEventSourced.Benchmarks;

const string Usage = """
    dotnet run -c Release --project tests/IamEventSourced.Benchmarks -- NAME [options]

      commands    durable commands a second against single INSERTs and a raw batch, on a real PostgreSQL
        --shapes 1x1,1x16,1x64,1x256,16x1   accounts x callers of each
        --mix memberships|users             AddUserToGroup/RemoveUserFromGroup, or CreateUser/DeleteUser
        --seconds 3 --rounds 3              a variant's time in each round; the variants take turns
        --hints no                          other nodes are not told of new revisions
        --connection "Max Auto Prepare=64"  more of the server's connection string
      nodes       commands of one account, its callers spread over two nodes that write it both or send it to its owner, against one node
        --callers 32,64 --seconds 3 --rounds 5
      follow      how long after a commit a change is in force on another node
        --rate 200 --seconds 5 --rounds 3
      anatomy     where the time of a batch of commands goes
        --batches 1,32 --rounds 300 [--connection ..]
      replay      events a second, folded in memory and read from PostgreSQL
        --events 100000,300000 --rounds 5
      engine      decisions a second of the policy engine alone beside a flat table: cases, principals, unknown names
        --seconds 1 --rounds 5
        --case "500 statements"             only cases whose names have this
        --policies FILE                     AWS-managed policies as an array of objects with a "document", instead of those built in
      peers       decisions a second of the policy engine beside other libraries, after all gave the same answers; needs node and npm
        --seconds 1 --rounds 5
      authorize   decisions a second: the operation, HTTP
        --seconds 3 --rounds 5 --connections 32
      decision-log  the same with the decision log off, of one decision in a hundred, of all
        --seconds 3 --rounds 5 --connections 32

      who-can     who of many users may do something, page by page, against asking of each user
        --users 100000 --rounds 7
      notices     what it costs to find out what one event gave and took
        --users 1000,100000 --rounds 9
      million     an account of many users: made by a bulk send, opened without and from a checkpoint, listed, asked, edited
        --users 1000000
      company     what history answers, of any moment of five years of a company, against folding its stream
        --users 10000 --events 1000000 --asked 200 --folds 5
      outage      PostgreSQL is stopped for a while: decisions before, during and after, what is refused, how soon all is in step (Linux)
        --seconds 120 --aside 30

    Everything runs on this machine alone. PostgreSQL is started for the run, with fsync on, in a folder that is removed afterwards.
    """;

switch (args)
{
    case ["commands", .. var options]: await CommandsBenchmark.Run(Options.Of(options)); return 0;
    case ["nodes", .. var options]: await NodesBenchmark.Run(Options.Of(options)); return 0;
    case ["follow", .. var options]: await FollowBenchmark.Run(Options.Of(options)); return 0;
    case ["anatomy", .. var options]: await AnatomyBenchmark.Run(Options.Of(options)); return 0;
    case ["replay", .. var options]: await ReplayBenchmark.Run(Options.Of(options)); return 0;
    case ["engine", .. var options]: EngineBenchmark.Run(Options.Of(options)); return 0;
    case ["peers", .. var options]: return await PeersBenchmark.Run(Options.Of(options));
    case ["authorize", .. var options]: await AuthorizeBenchmark.Run(Options.Of(options)); return 0;
    case ["decision-log", .. var options]: await DecisionLogBenchmark.Run(Options.Of(options)); return 0;
    case ["who-can", .. var options]: WhoCanBenchmark.Run(Options.Of(options)); return 0;
    case ["notices", .. var options]: NoticesBenchmark.Run(Options.Of(options)); return 0;
    case ["million", .. var options]: await MillionBenchmark.Run(Options.Of(options)); return 0;
    case ["company", .. var options]: await CompanyBenchmark.Run(Options.Of(options)); return 0;
    case ["outage", .. var options]: await OutageBenchmark.Run(Options.Of(options)); return 0;
    case ["http-load", var requests, var port, var connections, var seconds]: await HttpLoad.Run(requests, port, connections, seconds); return 0; // of authorize, in a process of its own
    default: Console.WriteLine(Usage); return 1;
}
