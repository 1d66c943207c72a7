using DriftStream.Cells;

namespace DriftStream.Tests.Statistics;

/// <summary>Rows of groups and of outcomes of which <see cref="CatalogueTests"/> knows every statistic.</summary>
internal static class CatalogueRows
{
    public static Layout Groups { get; } = Layout.Table(["1", "2"], labelled: true);

    public static Layout Outcomes { get; } = Layout.Outcome(ExactLayout.Of(new double[] { 0.2, 0.5, 0.9 }));

    public static Layout Calibration { get; } = Layout.Calibration(Groups.Categories, Outcomes.Inner!);

    public static Layout GroupResiduals { get; } = Layout.Sliced([["1"], ["2"]], ExactLayout.Of(new double[] { -1, 1, 2, 3 }), folded: false);

    public static long[] Selected
    {
        get
        {
            var counts = new long[Groups.Cells];
            Fill(0, truePositive: 800, falsePositive: 200, falseNegative: 200, trueNegative: 800);
            Fill(1, truePositive: 450, falsePositive: 150, falseNegative: 300, trueNegative: 1100);
            return counts;

            void Fill(int group, long truePositive, long falsePositive, long falseNegative, long trueNegative)
            {
                (counts[Groups.TableCell(group, 1, 1)], counts[Groups.TableCell(group, 1, 0)]) = (truePositive, falsePositive);
                (counts[Groups.TableCell(group, 0, 1)], counts[Groups.TableCell(group, 0, 0)]) = (falseNegative, trueNegative);
            }
        }
    }

    public static long[] OfOutcomes
    {
        get
        {
            var counts = new long[Outcomes.Cells];
            // The cells of 0.2, 0.5 and 0.9; not selected and selected, negative and positive.
            Fill(1, 500, 50, 0, 0);
            Fill(3, 80, 70, 40, 60);
            Fill(5, 0, 0, 30, 270);
            return counts;

            void Fill(int score, params long[] rows)
            {
                for (int i = 0; i < rows.Length; i++) counts[OutcomeCells.Cell(Outcomes, score, i / 2, i % 2)] = rows[i];
            }
        }
    }

    // Of 0.2, 0.5 and 0.9 the rows with a negative label and those with a positive one.
    public static long[] Labels
    {
        get
        {
            var counts = new long[Calibration.Cells];
            Fill(0, 400, 100, 100, 100, 50, 250);
            Fill(1, 300, 100, 100, 200, 10, 290);
            return counts;

            void Fill(int group, params long[] rows)
            {
                for (int i = 0; i < rows.Length; i++) counts[Calibration.CalibrationCell(group, i / 2 * 2 + 1, i % 2)] = rows[i];
            }
        }
    }

    // Of -1, 1, 2 and 3 the rows of each group.
    public static long[] Residuals
    {
        get
        {
            var counts = new long[GroupResiduals.Cells];
            Fill(0, 0, 400, 300, 300);
            Fill(1, 300, 300, 200, 200);
            return counts;

            void Fill(int group, params long[] rows)
            {
                for (int i = 0; i < rows.Length; i++) counts[(group * GroupResiduals.Inner!.Cells) + (2 * i) + 1] = rows[i];
            }
        }
    }
}
