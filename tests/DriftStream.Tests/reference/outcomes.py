"""Values of outcomes.json: metrics of numbers and of several classes by scikit-learn 1.2.1 and numpy 1.24.2 (Debian's python3-sklearn); standard errors by
leaving out one row after the other. What the metrics are by their definitions, in plain Python, stands beside and has to be the same to 1e-12: so the values
can be followed without scikit-learn. Run: python3 outcomes.py > outcomes.json"""
import json
import math
import random
import warnings

import numpy
from sklearn import metrics


def quantile(values, at):
    """numpy's default: linear between the order statistics."""
    v = sorted(values)
    place = at * (len(v) - 1)
    low = math.floor(place)
    return v[low] if low + 1 == len(v) else v[low] + (place - low) * (v[low + 1] - v[low])


def regression(rows):
    off = [p - y for p, y in rows]
    n, mean = len(rows), sum(y for _, y in rows) / len(rows)
    values = {"mae": sum(map(abs, off)) / n, "rmse": math.sqrt(sum(o * o for o in off) / n), "bias": sum(off) / n,
              "r2": 1 - sum(o * o for o in off) / sum((y - mean) ** 2 for _, y in rows)}
    for name, at in (("residual_q05", .05), ("residual_q25", .25), ("residual_median", .5), ("residual_q75", .75), ("residual_q95", .95)):
        values[name] = quantile(off, at)
    return values


def jackknife(of, rows, keys):
    n, left = len(rows), [of(rows[:i] + rows[i + 1:]) for i in range(len(rows))]
    errors = {}
    for key in keys:
        mean = sum(v[key] for v in left) / n
        errors[key] = math.sqrt((n - 1) / n * sum((v[key] - mean) ** 2 for v in left))
    return errors


def matthews(rows, names):
    """Gorodkin's R_K: the correlation of the indicators of the decided class and of the true one, over all classes."""
    n = len(rows)

    def covariance(a, b):
        of = 0
        for c in names:
            x, y = [float(r[a] == c) for r in rows], [float(r[b] == c) for r in rows]
            of += sum((i - sum(x) / n) * (j - sum(y) / n) for i, j in zip(x, y))
        return of

    return covariance(0, 1) / math.sqrt(covariance(0, 0) * covariance(1, 1))


def classes(rows):
    names = sorted({c for row in rows for c in row})
    count = lambda f: sum(1 for d, t in rows if f(d, t))
    values, per, share = {"accuracy": count(lambda d, t: d == t) / len(rows)}, {}, {}
    for c in names:
        right, decided, true = count(lambda d, t: d == t == c), count(lambda d, t: d == c), count(lambda d, t: t == c)
        precision, recall = right / decided if decided else 0, right / true if true else 0
        per[c] = precision, recall, 2 * precision * recall / (precision + recall) if right else 0
        share[c] = decided / len(rows), true / len(rows)
    present = [c for c in names if share[c][1]]
    values["balanced_accuracy"] = sum(per[c][1] for c in present) / len(present)
    for k, name in enumerate(("macro_precision", "macro_recall", "macro_f1")):
        values[name] = sum(p[k] for p in per.values()) / len(names)
    values["micro_f1"] = values["accuracy"]
    for k, name in enumerate(("weighted_precision", "weighted_recall", "weighted_f1")):
        values[name] = sum(share[c][1] * per[c][k] for c in names)
    values["mcc"] = matthews(rows, names)
    chance = sum(d * t for d, t in share.values())
    values["cohen_kappa"] = (values["accuracy"] - chance) / (1 - chance)
    for c in names:
        for k, name in enumerate(("precision", "recall", "f1")):
            values[f"{name} of {c}"] = per[c][k]
    return values


def regression_by_sklearn(rows):
    predicted, true = numpy.array(rows).T
    off = predicted - true
    values = {"mae": metrics.mean_absolute_error(true, predicted), "rmse": metrics.mean_squared_error(true, predicted, squared=False),
              "bias": float(numpy.mean(off)), "r2": metrics.r2_score(true, predicted)}
    for name, at in (("residual_q05", .05), ("residual_q25", .25), ("residual_median", .5), ("residual_q75", .75), ("residual_q95", .95)):
        values[name] = float(numpy.quantile(off, at))
    return values


def classes_by_sklearn(rows):
    decided, true = zip(*rows)
    names = sorted({c for row in rows for c in row})
    values = {"accuracy": metrics.accuracy_score(true, decided)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is decided and never true is in no recall
        values["balanced_accuracy"] = metrics.balanced_accuracy_score(true, decided)
    for average in ("macro", "micro", "weighted"):
        found = metrics.precision_recall_fscore_support(true, decided, average=average, labels=names, zero_division=0)
        for name, value in zip(("precision", "recall", "f1"), found):
            if average != "micro" or name == "f1":
                values[f"{average}_{name}"] = value
    values["mcc"] = metrics.matthews_corrcoef(true, decided)
    values["cohen_kappa"] = metrics.cohen_kappa_score(true, decided)
    found = metrics.precision_recall_fscore_support(true, decided, average=None, labels=names, zero_division=0)
    for i, c in enumerate(names):
        for name, of in zip(("precision", "recall", "f1"), found):
            values[f"{name} of {c}"] = float(of[i])
    return {name: float(value) for name, value in values.items()}


def same(by_sklearn, by_definition):
    """The values of the one, which have to be those of the other, in its order."""
    assert by_sklearn.keys() == by_definition.keys(), by_sklearn.keys() ^ by_definition.keys()
    for name, value in by_definition.items():
        assert math.isclose(by_sklearn[name], value, rel_tol=1e-12, abs_tol=1e-12), (name, by_sklearn[name], value)
    return {name: by_sklearn[name] for name in by_definition}


if __name__ == "__main__":
    source = random.Random(4)
    numbers = [(round(3 + 0.8 * x + source.gauss(0.3, 1), 3), round(3 + x, 3)) for x in (source.gauss(0, 2) for _ in range(400))]
    named = [(source.choice("aab") if t == "a" else source.choice("bbc") if t == "b" else source.choice("cca"), t) for t in source.choices("abcd", [5, 3, 2, .5], k=300)]
    print(json.dumps({
        "numbers": numbers, "regression": same(regression_by_sklearn(numbers), regression(numbers)), "errors": jackknife(regression, numbers, ("mae", "rmse", "bias", "r2")),
        "classes": named, "class_metrics": same(classes_by_sklearn(named), classes(named)),
        "class_errors": jackknife(classes, named, [k for k in classes(named) if k != "precision of d"])}))
