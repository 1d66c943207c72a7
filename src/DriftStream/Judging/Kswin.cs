using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>
/// KSWIN (Raab, Heusinger and Schleif 2020) on errors: the last 30 of 100 rows against the 70 before them by the two-sample Kolmogorov-Smirnov test, at 0.005
/// and a distance of more than 0.1. It does not warn, and is made for values: of errors and none the test is cautious.
/// </summary>
/// <remarks>River draws 30 of the 70 at random; all of them are taken here, so that the same rows always give the same answer.</remarks>
public sealed class Kswin : IErrorDetector
{
    private const int Window = 100, Recent = 30;
    private const double Level = 0.005, LeastDistance = 0.1;

    private static readonly Lazy<bool[,]> Tells = new(Decide);

    private readonly Queue<bool> _older = new(Window), _recent = new(Window);
    private int _olderErrors, _recentErrors;

    /// <inheritdoc/>
    public string Name => "kswin";

    /// <inheritdoc/>
    public int LeastRows => Window;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        _recent.Enqueue(error);
        if (error) _recentErrors++;
        if (_recent.Count > Recent)
        {
            bool aged = _recent.Dequeue();
            _older.Enqueue(aged);
            if (aged) (_recentErrors, _olderErrors) = (_recentErrors - 1, _olderErrors + 1);
        }

        if (_older.Count > Window - Recent && _older.Dequeue()) _olderErrors--;
        if (_older.Count < Window - Recent || !Tells.Value[_olderErrors, _recentErrors]) return ErrorSignal.None;
        _older.Clear();
        _olderErrors = 0;
        return ErrorSignal.Drift;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        to.Write(_olderErrors);
        to.Write(_recentErrors);
        RowBits.Write(to, _older);
        RowBits.Write(to, _recent);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_olderErrors, _recentErrors) = (from.ReadInt32(), from.ReadInt32());
        _older.Clear();
        foreach (bool error in RowBits.Read(from)) _older.Enqueue(error);
        _recent.Clear();
        foreach (bool error in RowBits.Read(from)) _recent.Enqueue(error);
    }

    private static bool[,] Decide()
    {
        const int old = Window - Recent;
        var tells = new bool[old + 1, Recent + 1];
        for (int a = 0; a <= old; a++)
        {
            for (int b = 0; b <= Recent; b++)
            {
                double distance = Math.Abs(((double)a / old) - ((double)b / Recent));
                tells[a, b] = distance > LeastDistance && ExactKolmogorovSmirnov.Survival(old, Recent, distance) <= Level;
            }
        }

        return tells;
    }
}
