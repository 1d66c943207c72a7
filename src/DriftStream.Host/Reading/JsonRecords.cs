using System.Text;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Reading;

/// <summary>Writes JSON records of a topic, each id once: as they are, or in the words of <paramref name="forPeople"/>.</summary>
/// <param name="output">One record, or one text for people, at a time; several readers may share it.</param>
/// <param name="model">Only this model's, or null for all.</param>
/// <param name="forPeople">Null to write the JSON, one record a line.</param>
internal sealed class JsonRecords(TextWriter output, TextWriter errors, string? model, Func<JsonElement, string>? forPeople)
{
    private readonly Lock _gate = new();
    private readonly RecentIds _ids = new();

    /// <summary>Records written.</summary>
    public int Written { get; private set; }

    public void Write(in LogRecord record)
    {
        if (record.Value is not { } value) return;
        lock (_gate)
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(value);
                JsonElement root = json.RootElement;
                if (model is not null && root.GetProperty("model").GetString() != model) return;
                if (!_ids.Add(root.GetProperty("id").GetString()!)) return;
                output.Write(forPeople is null ? Encoding.UTF8.GetString(value) + "\n" : forPeople(root));
                output.Flush();
                Written++;
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                errors.WriteLine($"{record.Topic}[{record.Partition}]@{record.Offset}: no record of DriftStream: {Printable.Of(e.Message)}");
            }
        }
    }
}
