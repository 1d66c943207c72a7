using System.Collections.Immutable;
using DriftStream.Alerts;

namespace DriftStream.Plan;

/// <summary>The effective config, with every default that was taken. Each section writes what it reads.</summary>
internal static class PlanText
{
    public static string Write(DriftPlan plan, ConfigNode? kafka, ImmutableArray<WrittenModel> models)
    {
        var yaml = new YamlText();
        KafkaSection.Write(yaml, plan.Kafka, kafka?.Find("client"));
        WebSection.Write(yaml, plan);
        WorkerSections.Write(yaml, plan);
        DeskSection.Write(yaml, plan.Desk);
        yaml.Open("owners");
        foreach (Owner owner in plan.Owners.Values) OwnerSection.Write(yaml, owner);
        yaml.Close();
        yaml.Text("root_owner", plan.Root.Id);
        yaml.Open("models");
        foreach (WrittenModel model in models) ModelSection.Write(yaml, model);
        yaml.Close();
        return yaml.ToString();
    }
}
