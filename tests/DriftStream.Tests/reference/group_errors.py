"""Values of group_errors.json: errors of predicted numbers by group, as Fairlearn's MetricFrame has them (a metric of the rows of each group;
difference(method="between_groups"): the greatest less the least), of scikit-learn 1.2.1's metrics; intervals that hold for all pairs together by scipy 1.10.1's
normal law and numpy 1.24.2's deviations, of the root by the delta method. Run: python3 group_errors.py > group_errors.json"""
import json
import random

import numpy
from scipy import stats
from sklearn import metrics

METRICS = {"mae": metrics.mean_absolute_error, "rmse": lambda y, p: metrics.mean_squared_error(y, p, squared=False),
           "bias": lambda y, p: float(numpy.mean(p - y))}


def error(name, off):
    of = {"mae": abs(off), "rmse": off * off, "bias": off}[name]
    deviation = numpy.std(of, ddof=1) / numpy.sqrt(len(of))
    return deviation / (2 * numpy.sqrt(numpy.mean(of))) if name == "rmse" else deviation


def rests_on(name, off):
    of = off * off if name == "rmse" else abs(off)
    return of.sum() ** 2 / (of * of).sum()


def interval(values, errors, pairs, looks):
    z = stats.norm.ppf(1 - 0.05 / looks)
    halves = {(a, b): z * numpy.hypot(errors[a], errors[b]) for a, b in pairs}
    return [max([0] + [values[a] - values[b] - halves[a, b] for a, b in pairs]), max([0] + [values[a] - values[b] + halves[a, b] for a, b in pairs])]


if __name__ == "__main__":
    source = random.Random(11)
    spread = {"a": (0, 1), "b": (0.4, 1.2), "c": (-0.3, 1.7)}
    rows = []
    for group, n in (("a", 300), ("b", 180), ("c", 120)):
        for _ in range(n):
            y = round(source.gauss(10, 3), 3)
            rows.append((group, round(y + source.gauss(*spread[group]), 3), y))
    frame = {g: (numpy.array([p for k, p, _ in rows if k == g]), numpy.array([y for k, _, y in rows if k == g])) for g in "abc"}
    found = {}
    for name, metric in METRICS.items():
        values = {g: float(metric(y, p)) for g, (p, y) in frame.items()}
        errors = {g: float(error(name, p - y)) for g, (p, y) in frame.items()}
        pairs = [(a, b) for a in "abc" for b in "abc" if a != b]
        to_b = [(g, "b") for g in "ac"]
        found[name] = {
            "by_group": values, "errors": errors, "rests_on": {g: float(rests_on(name, p - y)) for g, (p, y) in frame.items()},
            "between_groups": max(values.values()) - min(values.values()), "interval": interval(values, errors, pairs, len(pairs)),
            "beside_b": max(0, max(values[g] - values["b"] for g in "ac")), "interval_beside_b": interval(values, errors, to_b, len(to_b))}
    print(json.dumps({"rows": rows, **found}))
