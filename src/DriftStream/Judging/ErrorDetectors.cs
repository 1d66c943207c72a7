using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>What a detector says of a row.</summary>
public enum ErrorSignal : byte
{
    /// <summary>Nothing has changed.</summary>
    None,

    /// <summary>Errors may have become more; not all detectors warn.</summary>
    Warning,

    /// <summary>The rate of errors has changed. The detector starts anew with the next row.</summary>
    Drift,
}

/// <summary>Looks for a change in the rate of a model's errors, row by row. It remembers, so each sequence needs its own.</summary>
public interface IErrorDetector
{
    /// <summary>Its name in every message.</summary>
    string Name { get; }

    /// <summary>With fewer rows since it started it finds nothing.</summary>
    int LeastRows { get; }

    /// <summary>Sees the next row.</summary>
    /// <param name="error">Whether the model was wrong.</param>
    ErrorSignal Next(bool error);

    /// <summary>Writes all that it remembers.</summary>
    void Save(BinaryWriter to);

    /// <summary>Takes over what another one of its kind has written.</summary>
    void Load(BinaryReader from);
}

/// <summary>What looks for a change in the rate of errors.</summary>
public enum ErrorDetectorKind : byte
{
    /// <inheritdoc cref="Judging.Ddm"/>
    Ddm,

    /// <inheritdoc cref="Judging.Eddm"/>
    Eddm,

    /// <inheritdoc cref="Judging.HddmA"/>
    HddmA,

    /// <inheritdoc cref="Judging.HddmW"/>
    HddmW,

    /// <inheritdoc cref="Judging.Fhddm"/>
    Fhddm,

    /// <inheritdoc cref="Judging.Rddm"/>
    Rddm,

    /// <inheritdoc cref="Judging.Kswin"/>
    Kswin,

    /// <inheritdoc cref="AdwinErrors"/>
    Adwin,

    /// <inheritdoc cref="PageHinkleyErrors"/>
    PageHinkley,
}

/// <summary>The detectors of the field, each with the defaults of the tool that it follows.</summary>
public static class ErrorDetectors
{
    /// <summary>New ones of all kinds.</summary>
    public static ImmutableArray<IErrorDetector> All() => [.. Enum.GetValues<ErrorDetectorKind>().Select(New)];

    /// <summary>A new one.</summary>
    public static IErrorDetector New(ErrorDetectorKind kind) => kind switch
    {
        ErrorDetectorKind.Ddm => new Ddm(),
        ErrorDetectorKind.Eddm => new Eddm(),
        ErrorDetectorKind.HddmA => new HddmA(),
        ErrorDetectorKind.HddmW => new HddmW(),
        ErrorDetectorKind.Fhddm => new Fhddm(),
        ErrorDetectorKind.Rddm => new Rddm(),
        ErrorDetectorKind.Kswin => new Kswin(),
        ErrorDetectorKind.Adwin => new AdwinErrors(),
        ErrorDetectorKind.PageHinkley => new PageHinkleyErrors(),
    };

    // Asked for each window and rule, and some hold thousands of rows.
    private static readonly ImmutableArray<string> Names = [.. All().Select(d => d.Name)];

    /// <summary>Its name in the config and in messages.</summary>
    internal static string NameOf(ErrorDetectorKind kind) => Names[(int)kind];
}

/// <summary>
/// DDM (Gama, Medas, Castillo and Rodrigues 2004), as River 0.26 has it: p is the rate of errors so far and s its standard deviation; a drift where p + s
/// exceeds p + 3 s of where their sum was least, a warning from 2 s on. Made for rates that rise.
/// </summary>
public sealed class Ddm : IErrorDetector
{
    private const int WarmStart = 30;
    private const double WarningAt = 2, DriftAt = 3;

    private long _rows;
    private double _rate, _leastRate, _leastDeviation, _least = double.PositiveInfinity;

    /// <inheritdoc/>
    public string Name => "ddm";

    /// <inheritdoc/>
    public int LeastRows => WarmStart + 1;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        _rows++;
        _rate += ((error ? 1 : 0) - _rate) / _rows;
        double deviation = Math.Sqrt(_rate * (1 - _rate) / _rows), sum = _rate + deviation;
        if (_rows <= WarmStart) return ErrorSignal.None;
        if (sum <= _least) (_leastRate, _leastDeviation, _least) = (_rate, deviation, sum);
        if (sum <= _leastRate + (WarningAt * _leastDeviation)) return ErrorSignal.None;
        if (sum <= _leastRate + (DriftAt * _leastDeviation)) return ErrorSignal.Warning;
        (_rows, _rate, _least) = (0, 0, double.PositiveInfinity);
        return ErrorSignal.Drift;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        to.Write(_rows);
        foreach (double number in (double[])[_rate, _leastRate, _leastDeviation, _least]) to.Write(number);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        _rows = from.ReadInt64();
        (_rate, _leastRate, _leastDeviation, _least) = (from.ReadDouble(), from.ReadDouble(), from.ReadDouble(), from.ReadDouble());
    }
}

/// <summary>
/// EDDM (Baena-Garcia et al. 2006), as River 0.26 has it: of the distances between errors mean + 2 deviations; a drift where that is below 0.9 of the greatest
/// so far, a warning below 0.95, from the 31st error on. Made for rates that rise slowly; it speaks often where nothing has changed.
/// </summary>
/// <remarks>River's flag of a warning stays while a drift is told, and until an error clears it; it is told as the drift here.</remarks>
public sealed class Eddm : IErrorDetector
{
    private const int WarmStart = 30;
    private const double WarningBelow = 0.95, DriftBelow = 0.9;

    private long _rows, _last, _errors;
    private double _mean, _squares, _greatest = double.NegativeInfinity;
    private bool _warns;

    /// <inheritdoc/>
    public string Name => "eddm";

    /// <inheritdoc/>
    public int LeastRows => WarmStart + 1;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        _rows++;
        if (error && Sees(_rows - _last))
        {
            (_rows, _last, _errors, _mean, _squares, _greatest, _warns) = (0, 0, 0, 0, 0, double.NegativeInfinity, false);
            return ErrorSignal.Drift;
        }

        return _warns ? ErrorSignal.Warning : ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        foreach (long number in (long[])[_rows, _last, _errors]) to.Write(number);
        foreach (double number in (double[])[_mean, _squares, _greatest]) to.Write(number);
        to.Write(_warns);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_rows, _last, _errors) = (from.ReadInt64(), from.ReadInt64(), from.ReadInt64());
        (_mean, _squares, _greatest) = (from.ReadDouble(), from.ReadDouble(), from.ReadDouble());
        _warns = from.ReadBoolean();
    }

    private bool Sees(long distance)
    {
        _errors++;
        double off = distance - _mean;
        _mean += off / _errors;
        _squares += off * (distance - _mean);
        _last = _rows;
        if (_rows <= WarmStart) return false;
        double reach = _mean + (2 * (_errors > 1 ? Math.Sqrt(_squares / (_errors - 1)) : 0));
        if (reach > _greatest)
        {
            _greatest = reach;
            return false;
        }

        if (_errors <= WarmStart) return false;
        double left = reach / _greatest;
        if (left < DriftBelow) return true;
        _warns = left < WarningBelow;
        return false;
    }
}

/// <summary>
/// HDDM-A (Frias-Blanco et al. 2015), as River 0.26 has it: the rate of errors so far against that up to where it was surely least, by Hoeffding's bound at
/// 0.001; a warning at 0.005. One-sided: it sees rates that rise.
/// </summary>
public sealed class HddmA : IErrorDetector
{
    private const double DriftAt = 0.001, WarningAt = 0.005;

    private long _rows, _errors, _leastRows, _leastErrors;

    /// <inheritdoc/>
    public string Name => "hddm_a";

    /// <inheritdoc/>
    public int LeastRows => 2;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        _rows++;
        if (error) _errors++;
        double rate = (double)_errors / _rows;
        if (_leastRows == 0 || ((double)_leastErrors / _leastRows) + Bound(_leastRows) >= rate + Bound(_rows)) (_leastRows, _leastErrors) = (_rows, _errors);
        if (Rose(DriftAt))
        {
            (_rows, _errors, _leastRows, _leastErrors) = (0, 0, 0, 0);
            return ErrorSignal.Drift;
        }

        return Rose(WarningAt) ? ErrorSignal.Warning : ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        foreach (long number in (long[])[_rows, _errors, _leastRows, _leastErrors]) to.Write(number);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_rows, _errors, _leastRows, _leastErrors) = (from.ReadInt64(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64());
    }

    private static double Bound(long rows) => Math.Sqrt(1.0 / (2 * rows) * Math.Log(1 / DriftAt));

    private bool Rose(double confidence)
    {
        if (_leastRows == _rows) return false;
        double apart = (double)(_rows - _leastRows) / _leastRows * (1.0 / _rows);
        return ((double)_errors / _rows) - ((double)_leastErrors / _leastRows) >= Math.Sqrt(apart / 2 * Math.Log(2 / confidence));
    }
}

/// <summary>
/// HDDM-W (Frias-Blanco et al. 2015), as River 0.26 has it: as HDDM-A, of rates in which a row counts for 0.95 of the one after it, by McDiarmid's bound. It
/// sees sudden changes sooner, and forgets.
/// </summary>
public sealed class HddmW : IErrorDetector
{
    private const double DriftAt = 0.001, WarningAt = 0.005, Weight = 0.05;

    private Moving _all, _before, _after;
    private double _cut = double.PositiveInfinity;

    /// <inheritdoc/>
    public string Name => "hddm_w";

    /// <inheritdoc/>
    public int LeastRows => 2;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        _all = _all.With(error);
        double most = _all.Rate + Math.Sqrt(_all.Squares * Math.Log(1 / DriftAt) / 2);
        if (most < _cut) (_cut, _before, _after) = (most, _all, default);
        else _after = _after.With(error);
        if (Rose(DriftAt))
        {
            (_all, _before, _after, _cut) = (default, default, default, double.PositiveInfinity);
            return ErrorSignal.Drift;
        }

        return Rose(WarningAt) ? ErrorSignal.Warning : ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        foreach (Moving moving in (Moving[])[_all, _before, _after])
        {
            to.Write(moving.Any);
            to.Write(moving.Rate);
            to.Write(moving.Squares);
        }

        to.Write(_cut);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_all, _before, _after, _cut) = (Moving(), Moving(), Moving(), from.ReadDouble());

        Moving Moving() => new(from.ReadBoolean(), from.ReadDouble(), from.ReadDouble());
    }

    private bool Rose(double confidence) => _before.Any && _after.Any
        && _after.Rate - _before.Rate > Math.Sqrt((_before.Squares + _after.Squares) * Math.Log(1 / confidence) / 2);

    // An exponentially weighted rate, and the sum of the squared weights.
    private readonly record struct Moving(bool Any, double Rate, double Squares)
    {
        public Moving With(bool error)
        {
            double value = error ? 1 : 0;
            return Any
                ? new Moving(true, (Weight * value) + ((1 - Weight) * Rate), (Weight * Weight) + ((1 - Weight) * (1 - Weight) * Squares))
                : new Moving(true, value, 1);
        }
    }
}

/// <summary>
/// FHDDM (Pesaranghader and Viktor 2016): of the last 100 rows the share that is right, against the greatest such share so far; a drift where they are
/// sqrt(ln(1 / 1e-6) / 200) = 0.263 apart. It does not warn.
/// </summary>
/// <remarks>As River 0.26 has it, if that is given 1 for a row that is right. Given 1 for an error, it looks for rates of errors that fall.</remarks>
public sealed class Fhddm : IErrorDetector
{
    private const int Window = 100;
    private static readonly double Apart = Math.Sqrt(Math.Log(1 / 1e-6) / (2 * Window));

    private readonly Queue<bool> _last = new(Window);
    private int _right, _most;

    /// <inheritdoc/>
    public string Name => "fhddm";

    /// <inheritdoc/>
    public int LeastRows => Window;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        if (_last.Count == Window && _last.Dequeue()) _right--;
        _last.Enqueue(!error);
        if (!error) _right++;
        if (_last.Count < Window) return ErrorSignal.None;
        _most = Math.Max(_most, _right);
        if ((_most - _right) / (double)Window < Apart) return ErrorSignal.None;
        _last.Clear();
        (_right, _most) = (0, 0);
        return ErrorSignal.Drift;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        to.Write(_right);
        to.Write(_most);
        RowBits.Write(to, _last);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        (_right, _most) = (from.ReadInt32(), from.ReadInt32());
        _last.Clear();
        foreach (bool right in RowBits.Read(from)) _last.Enqueue(right);
    }
}
