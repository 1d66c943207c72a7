namespace DriftStream.Cells;

/// <summary>What the label of a model is.</summary>
public enum LabelKind : byte
{
    /// <summary>Positive or negative; the decision selects or does not, the score is high or low.</summary>
    Binary,

    /// <summary>A number, which the score predicts.</summary>
    Number,

    /// <summary>One of several classes, of which the decision is one.</summary>
    Class,
}
