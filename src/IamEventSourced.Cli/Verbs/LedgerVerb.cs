using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;

namespace IamEventSourced.Cli;

/// <summary><c>iam ledger head</c> and <c>iam ledger prove</c>: what a service signed, and proofs from it that are checked here.</summary>
sealed class LedgerVerb : Command
{
    static readonly Option<string?> Key = new("--key") { Description = "The operator's public key, as PEM: who says it is checked too", HelpName = "FILE", Recursive = true };

    public LedgerVerb() : base("ledger", "The account's ledger: its newest signed head, and proofs")
    {
        Options.Add(Key);
        Subcommands.Add(new Head());
        Subcommands.Add(new Prove());
    }

    static async Task<(TreeHead? Head, ExitStatus Status)> HeadOf(Invocation asked)
    {
        var reply = await asked.Ask(new GetTreeHead());
        if (reply.Refusal is { } refusal) return (null, asked.Refuse(refusal));
        if (asked.Get(Key) is not { } file) return (reply.Answer, ExitStatus.Done);
        using var key = ECDsa.Create();
        try { key.ImportFromPem(File.ReadAllText(file)); }
        catch (Exception e) when (e is ArgumentException or CryptographicException) { throw CannotException.Usage($"--key: {file} holds no public key of P-256 as PEM."); }
        return reply.Answer!.IsSignedBy(key) ? (reply.Answer, ExitStatus.Done) : throw new CannotException(ExitStatus.NotProven, "The head is not signed by this key.");
    }

    sealed class Head() : Verb("head", "The newest signed tree head")
    {
        public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
        {
            var (head, status) = await HeadOf(asked);
            if (head is not null) asked.Show(head, to => to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r {head.Size}  {head.Root}  signed {Json.Write(head.Time)} by key {head.Key}")));
            return status;
        }
    }

    sealed class Prove : Verb
    {
        readonly Argument<int> _revision = new("revision") { Description = "The event's revision", HelpName = "REVISION" };

        public Prove() : base("prove", "That an event is in the ledger whose head was signed; the proof is checked here. Exit status 7: it does not hold")
        {
            Arguments.Add(_revision);
        }

        public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
        {
            var (head, status) = await HeadOf(asked);
            if (head is null) return status;
            var reply = await asked.Ask(new GetInclusionProof(asked.Get(_revision), checked((int)head.Size)));
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            var proof = reply.Answer!;
            // The leaf is hashed here, from the event as it is shown to people: what the service keeps of it proves nothing of the event.
            var events = await asked.Ask(new ExportEvents(asked.Get(_revision), 1));
            if (events.Refusal is { } no) return asked.Refuse(no);
            var leaf = events.Answer!.Events is [var line] ? Ledger.LeafOf(line) : [];
            var holds = proof.Revision == asked.Get(_revision) && proof.Size == head.Size && proof.Root == head.Root && MerkleTree.Includes(leaf, proof.Revision - 1, head.Size, [.. proof.Path.Select(Bytes)], Bytes(head.Root));
            asked.Show(proof, to => to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r {proof.Revision} {(holds ? "is" : "is NOT proven to be")} in the ledger of {head.Size} events whose head was signed {Json.Write(head.Time)} (leaf {Convert.ToHexStringLower(leaf)})")));
            return holds ? ExitStatus.Done : ExitStatus.NotProven;
        }

        static byte[] Bytes(string hex) => Convert.FromHexString(hex);
    }
}
