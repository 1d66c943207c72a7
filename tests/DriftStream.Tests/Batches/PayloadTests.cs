using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Batches;
using Xunit;

namespace DriftStream.Tests.Batches;

/// <summary>Messages of five other Arrow libraries are read to exactly the values that those libraries read back.</summary>
public sealed partial class PayloadTests
{
    public static TheoryData<string> Valid() => new(Payload.Names().Where(name => !Payload.IsInvalid(name) && !Payload.RepeatsAName(name)));

    public static TheoryData<string> Repeating() => new(Payload.Names().Where(Payload.RepeatsAName));

    public static TheoryData<string> Invalid() => new(Payload.Names().Where(Payload.IsInvalid));

    [Fact]
    public void Payloads_AreAllThere() => Assert.Equal(132, Payload.Names().Count());

    [Theory, MemberData(nameof(Valid))]
    public void Read_OtherLibrary_GivesItsValues(string name)
    {
        Payload payload = Payload.Load(name);
        foreach (bool binary in new[] { false, true })
        {
            using var reader = new ArrowMessageReader(new InputLimits(), binary);
            for (int time = 0; time < 2; time++)
            {
                Assert.Null(reader.Read(payload.Bytes));
                Compare(payload.Values, reader);
            }
        }
    }

    [Theory, MemberData(nameof(Valid))]
    public void Read_CutAnywhere_IsRejectedOrEndsAtABatch(string name)
    {
        byte[] bytes = Payload.Load(name).Bytes;
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(bytes));
        int rows = reader.Rows;
        for (int length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 500))
        {
            Reject? reject = reader.Read(bytes.AsMemory(0, length));
            if (reject is null) Assert.True(reader.Rows <= rows);
            else Assert.Contains(reject.Reason, new[] { RejectReason.Truncated, RejectReason.NotArrow });
        }
    }

    [Theory, MemberData(nameof(Invalid))]
    public void Read_WrittenWrong_IsMalformed(string name)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        Reject? reject = reader.Read(Payload.Load(name).Bytes);
        Assert.Equal(RejectReason.Malformed, reject?.Reason);
        Assert.Contains("column '", reject!.Detail, StringComparison.Ordinal);
        Assert.Equal(0, reader.Rows);
        Assert.True(reader.Batches.IsEmpty);
    }

    [Theory, MemberData(nameof(Repeating))]
    public void Read_TwoColumnsOfOneName_IsRefused_ByTheName(string name)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        Reject? reject = reader.Read(Payload.Load(name).Bytes);
        Assert.Equal((RejectReason.ColumnType, true), (reject?.Reason, reject?.Detail.Contains("called 'x'", StringComparison.Ordinal)));
    }

    private static void Compare(JsonElement expected, ArrowMessageReader reader)
    {
        Assert.Equal(expected.GetProperty("rows").GetInt32(), reader.Rows);
        IEnumerable<int> batches = expected.GetProperty("batches").EnumerateArray().Select(n => n.GetInt32());
        Assert.Equal(batches, reader.Batches.ToArray().Select(b => b.Rows));
        JsonElement[] columns = [.. expected.GetProperty("columns").EnumerateArray()];
        Assert.Equal(columns.Length, reader.Schema!.Fields.Length);
        for (int i = 0; i < columns.Length; i++)
        {
            Field field = reader.Schema.Fields[i];
            string type = columns[i].GetProperty("type").GetString()!;
            Assert.Equal(columns[i].GetProperty("name").GetString(), field.Name);
            Assert.Equal(columns[i].GetProperty("nullable").GetBoolean(), field.Nullable);
            if (!type.StartsWith("extension", StringComparison.Ordinal)) Assert.Equal(OurName(type), field.Type.Name);
            if (field.Type.Kind == ColumnKind.Unreadable) continue;
            if (columns[i].GetProperty("values").ValueKind == JsonValueKind.Null) continue; // pyarrow's runs: not read back
            JsonElement[] values = [.. columns[i].GetProperty("values").EnumerateArray()];
            int next = 0;
            foreach (Batch batch in reader.Batches)
            {
                Column column = batch.Columns[i];
                int nulls = 0;
                for (int row = 0; row < batch.Rows; row++, next++)
                {
                    Assert.Equal(Expected(values[next], field.Type), ColumnReading.Text(column, row));
                    if (!column.IsValid(row)) nulls++;
                }

                Assert.Equal(nulls, column.Nulls);
            }

            Assert.Equal(values.Length, next);
        }
    }

    private static string? Expected(JsonElement value, ColumnType type)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (type.Kind is ColumnKind.Float16 or ColumnKind.Float32 or ColumnKind.Float64)
            return ColumnReading.Double(double.Parse(text, CultureInfo.InvariantCulture));
        if (type.Kind == ColumnKind.FixedBinary) return text.Replace("-", "", StringComparison.Ordinal); // pyarrow reads its uuid extension as one
        if (type.Kind != ColumnKind.Decimal) return text;
        string digits = text.Split('E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('-').TrimStart('0');
        return digits.Length == 0 ? "0" : (text[0] == '-' ? "-" : "") + digits;
    }

    // pyarrow's names to those of the format.
    private static string OurName(string type)
    {
        Match dictionary = DictionaryName().Match(type);
        if (dictionary.Success) return $"dictionary<{dictionary.Groups[2].Value}, {OurName(dictionary.Groups[1].Value)}>";
        string plain = type.Split('<', '[', ' ')[0];
        return plain switch
        {
            "double" => "float64",
            "float" => "float32",
            "halffloat" => "float16",
            "string" or "large_string" or "string_view" => plain.Replace("string", "utf8", StringComparison.Ordinal),
            "dense_union" or "sparse_union" => "union",
            "timestamp" => type.Replace("tz=", "", StringComparison.Ordinal),
            "time32" or "time64" or "duration" => type,
            "fixed_size_binary" => type.Replace('[', '(').Replace(']', ')'),
            _ => plain.StartsWith("decimal", StringComparison.Ordinal) ? type : plain,
        };
    }

    [GeneratedRegex(@"^dictionary<values=(.+), indices=(u?int\d+), ordered=[01]>$")]
    private static partial Regex DictionaryName();
}
