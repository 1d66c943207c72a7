"""Values of calibration.json, in plain Python and by other ways than the engine's: isotonic regression by its max-min formula, the AUC from pairs of
rows, standard errors by numerical derivatives. Run: python3 calibration.py > calibration.json"""
import json
import math
import random


def isotonic(scores, negatives, positives):
    """max over runs that begin at or before i of the min over runs that end at or after i of their share (Barlow et al. 1972)."""
    n = [a + b for a, b in zip(negatives, positives)]
    share = lambda a, b: sum(positives[a:b + 1]) / sum(n[a:b + 1])
    return [max(min(share(a, b) for b in range(i, len(n))) for a in range(i + 1)) for i in range(len(n))]


def probability(scores, fitted, score):
    if score <= scores[0]:
        return fitted[0]
    for i in range(1, len(scores)):
        if score <= scores[i]:
            return fitted[i - 1] + (fitted[i] - fitted[i - 1]) * (score - scores[i - 1]) / (scores[i] - scores[i - 1])
    return fitted[-1]


def metrics(rows):
    """Rows are (score, decision or None, probability, how many)."""
    tp = sum(p * k for _, d, p, k in rows if d == 1)
    fp = sum((1 - p) * k for _, d, p, k in rows if d == 1)
    fn = sum(p * k for _, d, p, k in rows if d == 0)
    tn = sum((1 - p) * k for _, d, p, k in rows if d == 0)
    pairs = right = 0.0
    for s, _, p, k in rows:
        for t, _, q, l in rows:
            weight = p * k * (1 - q) * l
            pairs += weight
            right += weight * (1 if s > t else 0.5 if s == t else 0)
    recall, specificity = tp / (tp + fn), tn / (tn + fp)
    values = {"accuracy": (tp + tn) / (tp + fp + fn + tn), "balanced_accuracy": (recall + specificity) / 2, "precision": tp / (tp + fp),
              "recall": recall, "specificity": specificity, "f1": 2 * tp / (2 * tp + fp + fn), "roc_auc": right / pairs}
    return values, {"true_positive": tp, "false_positive": fp, "false_negative": fn, "true_negative": tn}


def case(name, seed, drift):
    source = random.Random(seed)
    scores = [i / 20 for i in range(1, 20)]
    negatives, positives = [0] * len(scores), [0] * len(scores)
    for _ in range(900):
        i = source.randrange(len(scores))
        if source.random() < scores[i] ** 1.5:
            positives[i] += 1
        else:
            negatives[i] += 1
    fitted = isotonic(scores, negatives, positives)
    window = {}
    for _ in range(400):
        score = round(min(1, max(0, source.betavariate(1 + drift, 1) * 1.04 - 0.02)) * 40) / 40
        decision = None if source.random() < 0.1 else int(score > 0.5)
        window[score, decision] = window.get((score, decision), 0) + 1
    rows = [(s, d, probability(scores, fitted, s), k) for (s, d), k in sorted(window.items(), key=str)]
    values, confusion = metrics(rows)
    # What each row's probability adds to a metric, by a difference; chance of labels, and of the labels of each run of equal shares.
    errors = {}
    for key in values:
        chance, together = 0.0, {}
        for at, (s, d, p, k) in enumerate(rows):
            step = 1e-6
            up = [(a, b, c + (step if i == at else 0), e) for i, (a, b, c, e) in enumerate(rows)]
            down = [(a, b, c - (step if i == at else 0), e) for i, (a, b, c, e) in enumerate(rows)]
            slope = (metrics(up)[0][key] - metrics(down)[0][key]) / (2 * step)  # of all its rows together
            chance += slope ** 2 / k * p * (1 - p)
            nearest = min(range(len(scores)), key=lambda i: (abs(scores[i] - s), -i))
            together[fitted[nearest]] = together.get(fitted[nearest], 0) + slope
        for share, slope in together.items():
            n = sum(a + b for a, b, f in zip(negatives, positives, fitted) if f == share)
            x = sum(b for b, f in zip(positives, fitted) if f == share)
            q = (x + 0.5) / (n + 1)
            chance += slope ** 2 * q * (1 - q) / n
        errors[key] = math.sqrt(chance)
    return {"name": name, "scores": scores, "negatives": negatives, "positives": positives, "fitted": fitted,
            "window": [[s, d, k] for s, d, _, k in rows], "metrics": values, "errors": errors, "confusion": confusion}


if __name__ == "__main__":
    print(json.dumps({"cases": [case("as it was", 1, 0), case("scores have moved up", 2, 1.5)]}, indent=1))
