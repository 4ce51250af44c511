namespace IamEventSourced.Server.Tests;

/// <summary>A setting that says nothing a server can do ends its start, in words that name it.</summary>
public class SettingsTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("Iam:LogOneDecisionIn", "-1", "Iam__LogOneDecisionIn: of how many decisions one is kept")]
    [InlineData("Iam:HeadsQueue", "iam_commands", "Iam__HeadsQueue: iam_commands is no name of")]
    [InlineData("Iam:AlertsQueue", "iam_commands_scheduled", "Iam__AlertsQueue: iam_commands_scheduled is no name of")]
    [InlineData("Iam:MaxAccessKeyAge", "0", "Iam__MaxAccessKeyAge: 1 to 365 days")]
    public async Task A_setting_out_of_its_limits_ends_the_start(string setting, string value, string why)
    {
        await using var server = await ServerFixture.Start(postgres);
        (await Should.ThrowAsync<InvalidOperationException>(server.StartNode(node => node.Configuration[setting] = value))).Message.ShouldStartWith(why);
    }
}
