using DriftStream.Windows;
namespace DriftStream.Judgements;
public static class WindowJudge { public static Verdict Judge(ClosedWindow w, JudgementSettings s) => throw new NotSupportedException(w.Model + s.Model); }
public static class Summary { public static string Of(SignalVerdict s, JudgedStatistic t) => s.Signal + t.Name; public static string Of(GroupVerdict g) => g.Group; }
