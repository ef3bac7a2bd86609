using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

public class FeedbackTests
{
    [Fact]
    public void Case_01_feedback_is_in_GitHubs_words_and_hashes_the_token_as_sent()
    {
        Feedback[] rows =
        [
            Feedback.On(new ReportedItem(0, "some_token", "some_type", null, LeakSource.Commit), isOurs: false),
            Feedback.On(new ReportedItem(1, " some_token\n", "Other_Type", null, LeakSource.Commit), isOurs: true),
        ];

        Assert.Equal(
            """
            [{"token_hash":"9a45520a1213f15016d2d768b5fb3d904492a44ee274b44d4de8803e00fb536a",
            """ + """
            "token_type":"some_type","label":"false_positive"},
            """ + """
            {"token_hash":"823b0e7e03f4868a48c671d43368e6bd24481e813160ae3b03356cd5557351b5",
            """ + """
            "token_type":"Other_Type","label":"true_positive"}]
            """,
            JsonSerializer.Serialize(rows, JsonSerializerOptions.Web));
        Assert.Equal(ReportVectors.All.Sha256OfSomeToken, rows[0].TokenHash);
    }

    [Fact]
    public void Case_42_there_is_nothing_to_say_about_an_item_without_a_token() =>
        Assert.Throws<ArgumentException>(
            () => Feedback.On(new ReportedItem(0, null, "some_type", null, LeakSource.Commit), isOurs: true));
}
