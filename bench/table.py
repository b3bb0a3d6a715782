# SPDX-License-Identifier: ISC
"""Tables on standard output."""


def number(value, scale, digits):
    return "-" if value is None else "%.*f" % (digits, value * scale)


def ratio(value, to):
    return "-" if not value or not to else "%.3f" % (value / to)


def show(title, order, rows, columns, better="low"):
    """One table: a line per program.  columns: (key, head, scale, digits); the
    ratios are those of the first.  rows: {program: {key: value}}."""
    first = columns[0][0]
    known = {n: r[first] for n, r in rows.items() if r.get(first)}
    peers = [v for n, v in known.items() if not n.startswith("postrider")]
    best = (min if better == "low" else max)(peers, default=None)
    heads = [c[1] for c in columns] + ["to msmtp", "to best"]
    print("\n%-42s" % title + "".join("%10s" % h for h in heads))
    for name in order:
        row = rows.get(name, {})
        cells = [number(row.get(key), scale, digits)
                 for key, _, scale, digits in columns]
        cells += [ratio(known.get(name), known.get("msmtp")),
                  ratio(known.get(name), best)]
        print("  %-40s" % name + "".join("%10s" % c for c in cells),
              flush=True)
