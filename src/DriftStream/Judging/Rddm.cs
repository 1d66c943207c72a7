namespace DriftStream.Judging;

/// <summary>
/// RDDM (Barros, Cabral, Goncalves and Santos 2017), as MOA has it: DDM at 1.773 and 2.258 deviations that forgets, where a concept has lasted for 40,000 rows
/// or a warning for 1,400, all but the last 7,000 rows, or those since the warning.
/// </summary>
public sealed class Rddm : IErrorDetector
{
    private const int FewestRows = 129, MostStable = 40_000, Kept = 7_000, MostWarnings = 1_400;
    private const double WarningAt = 1.773, DriftAt = 2.258;

    private readonly bool[] _stored = new bool[Kept];
    private int _first, _last = -1, _count, _warnedAt = -1;
    private long _next = 1, _seen, _warnedRow = -1;
    private double _rate = 1, _deviation, _leastRate = double.MaxValue, _leastDeviation = double.MaxValue, _least = double.MaxValue;
    private bool _rebuild, _found;

    /// <inheritdoc/>
    public string Name => "rddm";

    /// <inheritdoc/>
    public int LeastRows => FewestRows;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        if (_rebuild) Rebuild();
        Store(error);
        Count(error);
        _seen++;
        if (_seen < FewestRows) return ErrorSignal.None;
        double sum = _rate + _deviation;
        if (sum < _least) (_leastRate, _leastDeviation, _least) = (_rate, _deviation, sum);
        if (sum > _leastRate + (DriftAt * _leastDeviation))
        {
            // Without a warning before it nothing is known of the new concept but this row.
            if (_warnedRow < 0) (_first, _count) = (_last, 1);
            return Found();
        }

        if (sum > _leastRate + (WarningAt * _leastDeviation))
        {
            if (_warnedRow >= 0 && _warnedRow + MostWarnings <= _seen)
            {
                (_first, _count, _warnedAt, _warnedRow) = (_last, 1, -1, -1);
                return Found();
            }

            if (_warnedRow < 0) (_warnedRow, _warnedAt) = (_seen, _last);
            return ErrorSignal.Warning;
        }

        (_warnedRow, _warnedAt) = (-1, -1);
        if (_next > MostStable) _rebuild = true;
        return ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        foreach (int number in (int[])[_first, _last, _count, _warnedAt]) to.Write(number);
        foreach (long number in (long[])[_next, _seen, _warnedRow]) to.Write(number);
        foreach (double number in (double[])[_rate, _deviation, _leastRate, _leastDeviation, _least]) to.Write(number);
        to.Write(_rebuild);
        to.Write(_found);
        RowBits.Write(to, _stored);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_first, _last, _count, _warnedAt) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
        (_next, _seen, _warnedRow) = (from.ReadInt64(), from.ReadInt64(), from.ReadInt64());
        (_rate, _deviation) = (from.ReadDouble(), from.ReadDouble());
        (_leastRate, _leastDeviation, _least) = (from.ReadDouble(), from.ReadDouble(), from.ReadDouble());
        (_rebuild, _found) = (from.ReadBoolean(), from.ReadBoolean());
        RowBits.Read(from).CopyTo(_stored, 0);
    }

    private ErrorSignal Found()
    {
        _rebuild = _found = true;
        return ErrorSignal.Drift;
    }

    private void Store(bool error)
    {
        _last = (_last + 1) % Kept;
        _stored[_last] = error;
        if (_count < Kept)
        {
            _count++;
            return;
        }

        _first = (_first + 1) % Kept;
        if (_warnedAt == _last) _warnedAt = -1;
    }

    private void Count(bool error)
    {
        _rate += ((error ? 1 : 0) - _rate) / _next;
        _deviation = Math.Sqrt(_rate * (1 - _rate) / _next);
        _next++;
    }

    // From the rows that are kept: those since the warning where there was one.
    private void Rebuild()
    {
        (_next, _rate, _deviation) = (1, 1, 0);
        if (_found) (_leastRate, _leastDeviation, _least) = (double.MaxValue, double.MaxValue, double.MaxValue);
        if (_warnedAt >= 0)
        {
            _first = _warnedAt;
            _count = _last - _first + 1;
            if (_count <= 0) _count += Kept;
        }

        for (int i = 0, at = _first; i < _count; i++, at = (at + 1) % Kept)
        {
            Count(_stored[at]);
            if (_found && _next > FewestRows && _rate + _deviation < _least)
                (_leastRate, _leastDeviation, _least) = (_rate, _deviation, _rate + _deviation);
        }

        (_warnedAt, _warnedRow, _rebuild, _found) = (-1, -1, false, false);
    }
}
