namespace IamEventSourced.Tests;
public class SmokeTests { [Fact] public void It_runs() => 1.ShouldBe(1); }
