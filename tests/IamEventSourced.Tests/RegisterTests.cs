namespace IamEventSourced.Tests;

public class RegisterTests
{
    static User Someone(int id, string name) => new($"AIDA{id:D17}", name, "/", new(id, Cast.Noon));
    static readonly Register<UserId, UserName, User> Three = Register<UserId, UserName, User>.Empty.With(Someone(1, "carol")).With(Someone(2, "Alice")).With(Someone(3, "bob_"));

    static string Names(IEnumerable<User> users) => string.Join(",", users.Select(user => user.Name));

    [Fact] public void Things_come_in_the_order_of_their_names_without_case() => Names(Three.After(null)).ShouldBe("Alice,bob_,carol");

    [Theory]
    [InlineData("alice", "bob_,carol")]
    [InlineData("ALICE", "bob_,carol")]
    [InlineData("", "Alice,bob_,carol")]
    [InlineData("b c/", "bob_,carol")] // no name at all
    [InlineData("b", "bob_,carol")]
    [InlineData("bobby", "bob_,carol")] // letters come before the underscore
    [InlineData("carol", "")]
    [InlineData("zoe", "")]
    public void They_go_on_after_a_name_that_is_there_or_not(string after, string names) => Names(Three.After(after)).ShouldBe(names);

    [Fact] public void A_thing_is_found_by_its_name_in_any_case() => Three.Find(new UserName("BOB_"))!.Id.Value.ShouldBe("AIDA00000000000000003");
    [Fact] public void A_thing_is_found_by_its_id() => Three.Find(new UserId("AIDA00000000000000003"))!.Name.Value.ShouldBe("bob_");
    [Fact] public void What_is_not_there_is_not_found() => (Three.Find(new UserName("zoe")), Three.Find(new UserId("AIDA00000000000000009"))).ShouldBe((null, null));
    [Fact] public void An_id_that_the_history_has_not_is_a_broken_history() => Should.Throw<KeyNotFoundException>(() => Three["AIDA00000000000000009"]);

    [Fact]
    public void A_renamed_thing_is_found_by_the_new_name_only()
    {
        var renamed = Three.With("AIDA00000000000000002", user => user with { Name = "zoe" });
        Names(renamed.After(null)).ShouldBe("bob_,carol,zoe");
        (renamed.Find(new UserName("alice")), renamed.Find(new UserName("zoe"))!.Id.Value, renamed.Count).ShouldBe((null, "AIDA00000000000000002", 3));
    }

    [Fact]
    public void A_name_may_change_its_case()
    {
        var renamed = Three.With("AIDA00000000000000002", user => user with { Name = "ALICE" });
        Names(renamed.After(null)).ShouldBe("ALICE,bob_,carol");
        renamed.Find(new UserName("alice"))!.Name.Value.ShouldBe("ALICE");
    }

    [Fact]
    public void What_is_taken_out_leaves_the_others_and_the_register_before()
    {
        var without = Three.Without("AIDA00000000000000003");
        (Names(without.After(null)), without.Count, without.Find(new UserName("bob_"))).ShouldBe(("Alice,carol", 2, null));
        (Names(Three.After(null)), Three.Count).ShouldBe(("Alice,bob_,carol", 3));
    }

    [Fact]
    public void A_changed_thing_keeps_its_place()
    {
        var changed = Three.With("AIDA00000000000000003", user => user with { Path = "/team/" });
        (Names(changed.After(null)), changed.Find(new UserName("bob_"))!.Path.Value, Three.Find(new UserName("bob_"))!.Path.Value).ShouldBe(("Alice,bob_,carol", "/team/", "/"));
    }
}
