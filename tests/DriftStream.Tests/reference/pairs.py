"""Values of pairs.json, in plain Python and by other ways than the engine's: ranks from single rows, the jackknife row by row, the model without
three-factor interaction by Newton's method on its likelihood. Run: python3 pairs.py > pairs.json"""
import json
import math
import random


def expand(table):
    return [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    result, at = [0.0] * len(values), 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for k in range(at, end + 1):
            result[order[k]] = (at + end) / 2 + 1
        at = end + 1
    return result


def pearson(a, b):
    n = len(a)
    ma, mb = sum(a) / n, sum(b) / n
    return (sum((x - ma) * (y - mb) for x, y in zip(a, b))
            / math.sqrt(sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)))


def spearman(rows):
    return pearson(ranks([x for x, _ in rows]), ranks([y for _, y in rows]))


def jackknife(table):
    """The deviation of a row's influence: pseudo-values, one row left out at a time (all rows of a cell are alike)."""
    rows = expand(table)
    n, whole = len(rows), spearman(rows)
    total = square = 0.0
    for i, line in enumerate(table):
        for j, count in enumerate(line):
            if count:
                left = list(rows)
                left.remove((i, j))
                influence = (n - 1) * (whole - spearman(left))
                total += count * influence
                square += count * influence ** 2
    return math.sqrt(square / n - (total / n) ** 2)


def margins(table):
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]


def association(table):
    """Cramer's V as Bergsma 2013 corrects it, and mutual information in bits less Miller and Madow's bias."""
    first, second = margins(table)
    n, r, k = sum(first), len(first), len(second)
    chi2 = sum((o - first[i] * second[j] / n) ** 2 / (first[i] * second[j] / n) for i, row in enumerate(table) for j, o in enumerate(row))
    free = (r - 1) * (k - 1)
    phi2 = max(0, chi2 / n - free / (n - 1))
    v = math.sqrt(phi2 / min(r - (r - 1) ** 2 / (n - 1) - 1, k - (k - 1) ** 2 / (n - 1) - 1))
    entropy = lambda counts: -sum(c / n * math.log2(c / n) for c in counts if c)
    bits = entropy(first) + entropy(second) - entropy([o for row in table for o in row])
    return v, max(0, bits - free / (2 * n * math.log(2)))


def solve(a, b):
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(m[r][c]))
        m[c], m[p] = m[p], m[c]
        for r in range(n):
            if r != c and m[r][c]:
                f = m[r][c] / m[c][c]
                m[r] = [x - f * y for x, y in zip(m[r], m[c])]
    return [m[i][n] / m[i][i] for i in range(n)]


def homogeneous(reference, window):
    """Pearson's X2 of the log-linear model with all two-factor terms, fitted by Newton's method; it is the score test over all cells."""
    rows, columns = len(reference), len(reference[0])
    cells = [(s, i, j) for s in range(2) for i in range(rows) for j in range(columns)]
    observed = [float((reference, window)[s][i][j]) for s, i, j in cells]

    def design(s, i, j):
        x = [1.0, float(s)]
        x += [float(i == a) for a in range(1, rows)] + [float(j == b) for b in range(1, columns)]
        x += [float(i == a and j == b) for a in range(1, rows) for b in range(1, columns)]
        x += [float(s and i == a) for a in range(1, rows)] + [float(s and j == b) for b in range(1, columns)]
        return x

    matrix = [design(*c) for c in cells]
    size = len(matrix[0])
    beta = [0.0] * size
    beta[0] = math.log(sum(observed) / len(observed))
    for _ in range(100):
        mu = [math.exp(sum(b * x for b, x in zip(beta, row))) for row in matrix]
        gradient = [sum(row[k] * (o - m) for row, o, m in zip(matrix, observed, mu)) for k in range(size)]
        hessian = [[sum(row[k] * row[l] * m for row, m in zip(matrix, mu)) for l in range(size)] for k in range(size)]
        step = solve(hessian, gradient)
        beta = [b + s for b, s in zip(beta, step)]
        if max(abs(s) for s in step) < 1e-13:
            break
    return sum((o - m) ** 2 / m for o, m in zip(observed, mu)), (rows - 1) * (columns - 1)


def upper_chi2(value, degrees):
    """By the series of the lower incomplete gamma function."""
    a, x = degrees / 2, value / 2
    term = total = 1 / a
    k = a
    while abs(term) > 1e-17 * abs(total):
        k += 1
        term *= x / k
        total += term
    return 1 - total * math.exp(-x + a * math.log(x) - math.lgamma(a))


def raked(table, target):
    table = [[float(o) for o in row] for row in table]
    first, second = margins(target)
    for _ in range(2000):
        table = [[o * first[i] / sum(row) for o in row] for i, row in enumerate(table)]
        sums = margins(table)[1]
        table = [[o * second[j] / sums[j] for j, o in enumerate(row)] for row in table]
    return table


def shift(reference, window):
    """PSI of the window against the reference with the window's margins, less what chance adds."""
    n, m = sum(margins(reference)[0]), sum(margins(window)[0])
    expected = raked(reference, window)
    total = sum(margins(expected)[0])
    psi = 0.0
    for e, w in zip([x for row in expected for x in row], [x for row in window for x in row]):
        e, w = max(e / total, 0.5 / n), max(w / m, 0.5 / m)
        psi += (w - e) * math.log(w / e)
    free = (len(window) - 1) * (len(window[0]) - 1)
    return max(0.0, psi - free * (1 / n + 1 / m))


def z_test(reference, window):
    (r, sr, n), (w, sw, m) = [(spearman(expand(t)), jackknife(t), sum(margins(t)[0])) for t in (reference, window)]
    error = math.sqrt((sr / (1 - r * r)) ** 2 / n + (sw / (1 - w * w)) ** 2 / m)
    return math.erfc(abs(math.atanh(w) - math.atanh(r)) / error / math.sqrt(2))


def case(name, reference, window):
    values = {"name": name, "reference": reference, "window": window}
    for key, table in (("of_reference", reference), ("of_window", window)):
        v, bits = association(table)
        values[key] = {"correlation": spearman(expand(table)), "deviation": jackknife(table), "cramers_v": v, "mutual_information": bits}
    statistic, degrees = homogeneous(reference, window)
    values.update(effect=shift(reference, window), statistic=statistic, degrees=degrees, p_value=upper_chi2(statistic, degrees),
                  correlation_p_value=z_test(reference, window))
    return values


def drawn(seed, rows, weights):
    source = random.Random(seed)
    flat = [w for row in weights for w in row]
    counts = [0] * len(flat)
    for cell in source.choices(range(len(flat)), flat, k=rows):
        counts[cell] += 1
    return [counts[i:i + len(weights[0])] for i in range(0, len(flat), len(weights[0]))]


if __name__ == "__main__":
    same, other = [[8, 4, 2], [3, 7, 5], [1, 4, 9], [2, 2, 3]], [[5, 5, 4], [5, 5, 5], [5, 4, 5], [2, 3, 2]]
    tilted = [[8 * 3, 4, 2], [3 * 3, 7, 5], [1 * 3, 4, 9], [2 * 3, 2, 3]]
    print(json.dumps({"cases": [
        case("as it was", drawn(1, 2000, same), drawn(2, 600, same)),
        case("other margins, the same odds ratios", drawn(3, 2000, same), drawn(4, 600, tilted)),
        case("independent in the window", drawn(5, 2000, same), drawn(6, 600, other)),
        case("two by two", [[400, 100], [150, 350]], [[90, 60], [80, 70]]),
        case("skewed margins", [[1500, 60], [140, 300]], [[420, 30], [60, 90]]),
        case("three by three", [[300, 60, 40], [50, 200, 50], [20, 60, 220]], [[40, 20, 15], [20, 40, 20], [15, 15, 15]]),
    ]}, indent=1))
