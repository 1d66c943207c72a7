"""Values of outcomes.json: metrics of numbers and of several classes by their definitions, in plain Python; standard errors by leaving out one row after
the other. Run: python3 outcomes.py > outcomes.json"""
import json
import math
import random


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


def jackknife(rows, key):
    n, left = len(rows), [regression(rows[:i] + rows[i + 1:])[key] for i in range(len(rows))]
    mean = sum(left) / n
    return math.sqrt((n - 1) / n * sum((v - mean) ** 2 for v in left))


def classes(rows):
    names = sorted({c for row in rows for c in row})
    count = lambda f: sum(1 for d, t in rows if f(d, t))
    values, per = {"accuracy": count(lambda d, t: d == t) / len(rows)}, {}
    for c in names:
        right, decided, true = count(lambda d, t: d == t == c), count(lambda d, t: d == c), count(lambda d, t: t == c)
        precision, recall = right / decided if decided else 0, right / true if true else 0
        per[c] = precision, recall, 2 * precision * recall / (precision + recall) if right else 0
    for k, name in enumerate(("macro_precision", "macro_recall", "macro_f1")):
        values[name] = sum(p[k] for p in per.values()) / len(names)
    values["micro_f1"] = values["accuracy"]
    for c in names:
        for k, name in enumerate(("precision", "recall", "f1")):
            values[f"{name} of {c}"] = per[c][k]
    return values


if __name__ == "__main__":
    source = random.Random(4)
    numbers = [(round(3 + 0.8 * x + source.gauss(0.3, 1), 3), round(3 + x, 3)) for x in (source.gauss(0, 2) for _ in range(400))]
    named = [(source.choice("aab") if t == "a" else source.choice("bbc") if t == "b" else source.choice("cca"), t) for t in source.choices("abcd", [5, 3, 2, .5], k=300)]
    print(json.dumps({
        "numbers": numbers, "regression": regression(numbers), "errors": {k: jackknife(numbers, k) for k in ("mae", "rmse", "bias", "r2")},
        "classes": named, "class_metrics": classes(named)}))
