using ParquetSharp;

namespace DriftStream.Host.Tests.Compare;

/// <summary>The persons of <see cref="FileOrder"/>: groups, years, decisions and scores, and their labels, which came later, in one file.</summary>
internal static class LabelledRows
{
    private static readonly Lazy<string> Written = new(Write);

    public static string File => Written.Value;

    private static string Write()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "data", "employment-labelled.parquet");
        using var rows = new ParquetFileReader(FileOrder.Current);
        using var labels = new ParquetFileReader(Path.Combine(AppContext.BaseDirectory, "data", "employment-labels.parquet"));
        Column[] columns =
        [
            new Column<string>("SEX"), new Column<string>("RAC1P"), new Column<string>("DIS"), new Column<long>("year"), new Column<long>("prediction"),
            new Column<double>("predicted_probability"), new Column<int>("employed"),
        ];
        using var writer = new ParquetFileWriter(path, columns);
        using RowGroupWriter group = writer.AppendRowGroup();
        foreach (Column column in columns[..3]) Add(Read<string>(rows, column.Name));
        foreach (Column column in columns[3..5]) Add(Read<long>(rows, column.Name));
        Add(Read<double>(rows, "predicted_probability"));
        Add(Read<int>(labels, "employed"));
        writer.Close();
        return path;

        void Add<T>(T[] values)
        {
            using LogicalColumnWriter<T> column = group.NextColumn().LogicalWriter<T>();
            column.WriteBatch(values);
        }

        static T[] Read<T>(ParquetFileReader from, string name)
        {
            var values = new List<T>();
            int index = Enumerable.Range(0, from.FileMetaData.NumColumns).First(i => from.FileMetaData.Schema.Column(i).Name == name);
            for (int g = 0; g < from.FileMetaData.NumRowGroups; g++)
            {
                using RowGroupReader of = from.RowGroup(g);
                using LogicalColumnReader<T> column = of.Column(index).LogicalReader<T>();
                values.AddRange(column.ReadAll((int)of.MetaData.NumRows));
            }

            return [.. values];
        }
    }
}
