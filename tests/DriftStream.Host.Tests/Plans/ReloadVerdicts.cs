using System.Text.Json;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

/// <summary>What verdicts of a <see cref="ReloadRun"/> say, and what none of them may.</summary>
internal static class ReloadVerdicts
{
    /// <summary>Of the rows that are sent, by their own baseline and by the one that is five standard deviations away.</summary>
    private const double SamePsi = 0.1, MovedPsi = 1;

    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string Model(JsonElement verdict) => verdict.GetProperty("model").GetString()!;

    public static string PlanOf(JsonElement verdict) => verdict.GetProperty("plan").GetString()!;

    public static string Baseline(JsonElement verdict) => verdict.GetProperty("baseline").GetString()!;

    public static long Rows(JsonElement verdict) => verdict.GetProperty("rows").GetInt64();

    /// <summary>Counted under several baselines.</summary>
    public static bool Several(JsonElement verdict) => verdict.TryGetProperty("baselines", out JsonElement all) && all.GetArrayLength() > 1;

    /// <summary>Hours from the first row to the start of the verdict's window.</summary>
    public static int StartHour(JsonElement verdict) =>
        (int)(DateTimeOffset.Parse(verdict.GetProperty("window").GetProperty("start").GetString()!) - Epoch).TotalHours;

    /// <summary>
    /// Of the model whose baseline changes: a window is judged by the cells that counted it, or, where those are two, not at all. By its number
    /// too: rows counted in one baseline's cells and held against the other's would show it.
    /// </summary>
    /// <param name="here">Hash of the baseline that the rows are like.</param>
    /// <param name="there">Of the one that is far away.</param>
    /// <param name="alarms">Whether a plan's rule would speak of such a distance.</param>
    /// <returns>How many windows were counted under both.</returns>
    public static int AssertNoForeignCells(IEnumerable<JsonElement> verdicts, string here, string there, Predicate<string> alarms)
    {
        int straddling = 0;
        foreach (JsonElement verdict in verdicts.Where(v => Model(v) == "moved"))
        {
            JsonElement signal = verdict.GetProperty("signals")[0];
            string judgement = signal.GetProperty("judgement").GetString()!;
            if (Several(verdict))
            {
                straddling++;
                Assert.Equal("insufficient", judgement);
                Assert.StartsWith("counted under two baselines", signal.GetProperty("why").GetString());
                continue;
            }

            bool far = Baseline(verdict) == there;
            if (!far) Assert.Equal(here, Baseline(verdict));
            Assert.Equal(far && alarms(PlanOf(verdict)) ? "drifting" : "steady", judgement);
            double psi = signal.GetProperty("statistics")[0].GetProperty("value").GetDouble();
            Assert.True(far ? psi > MovedPsi : psi < SamePsi, verdict.GetRawText());
        }

        return straddling;
    }

    /// <summary>Windows that do not overlap hold every row of each model once.</summary>
    public static void AssertEveryRowOnce(ReloadRun run)
    {
        foreach (string model in ReloadRun.Models)
        {
            IEnumerable<JsonElement> apart = run.Verdicts.Where(v => Model(v) == model && StartHour(v) % ReloadRun.WindowHours == 0);
            Assert.Equal((long)run.Hours * run.RowsAnHour, apart.Sum(Rows));
        }
    }
}
