# SPDX-License-Identifier: ISC
"""An SVG of bars: a panel per measurement, a bar per program."""
from xml.sax.saxutils import escape

WIDTH, COLUMNS, GAP = 1180, 2, 30
LINE, BAR, NAME = 21, 14, 126
MINE, THEIRS, INK, FAINT = "#c2410c", "#64748b", "#1e293b", "#94a3b8"

# title, case, way, key, scale, digits, unit, better
PANELS = (
    ("One mail of 2 kB, TLS", "one", "TLS", "wall", 1e3, 1, "ms", "low"),
    ("One mail of 2 kB, TLS, system trust store", "one", "TLS, system store",
     "wall", 1e3, 1, "ms", "low"),
    ("One mail of 2 kB, STARTTLS", "one", "STARTTLS", "wall", 1e3, 1, "ms",
     "low"),
    ("One mail of 2 kB, clear", "one", "clear", "wall", 1e3, 1, "ms", "low"),
    ("TLS, 50 ms one way, 1 recipient", "round trips", "TLS, 1 rcpt", "trips",
     1, 1, "round trips", "low"),
    ("TLS, 50 ms one way, 200 recipients", "round trips", "TLS, 200 rcpt",
     "rtt", 1, 1, "round trips", "low"),
    ("STARTTLS, 50 ms one way, 1 recipient", "round trips",
     "STARTTLS, 1 rcpt", "trips", 1, 1, "round trips", "low"),
    ("STARTTLS, 50 ms one way, 200 recipients", "round trips",
     "STARTTLS, 200 rcpt", "trips", 1, 1, "round trips", "low"),
    ("Large mail over TLS, wall", "large", "tls", "wall", 1, 2, "s", "low"),
    ("Large mail in clear, wall", "large", "clear", "wall", 1, 2, "s", "low"),
    ("Large mail over TLS, user instructions", "large", "tls", "slope", 1, 1,
     "per octet", "low"),
    ("10,000 recipients in clear", "recipients", "10000", "wall", 1e3, 1, "ms",
     "low"),
    ("One process after the other, STARTTLS", "series", "STARTTLS", "rate", 1,
     1, "mails/s", "high"),
    ("50 submitters at once, STARTTLS", "together", "STARTTLS", "rate", 1, 1,
     "mails/s", "high"),
    ("--version", "version", "", "wall", 1e3, 1, "ms", "low"),
    ("--version, user instructions", "version", "", "instr", 1e-6, 2,
     "million", "low"),
)


def text(x, y, words, size=13, fill=INK, anchor="start", weight="normal"):
    return ('<text x="%.1f" y="%.1f" font-size="%d" fill="%s" '
            'text-anchor="%s" font-weight="%s">%s</text>' % (
                x, y, size, fill, anchor, weight, escape(words)))


def longest(values):
    """The value that fills the panel: one that dwarfs the others does not."""
    top = sorted(values, reverse=True)
    if len(top) > 1 and top[0] > 3 * top[1]:
        return 1.3 * top[1]
    return top[0]


def panel(x, y, width, head, unit, better, bars, scale, digits):
    out = [text(x, y + 14, head, 15, weight="bold"),
           text(x + width, y + 14, "%s, %s is better" % (
               unit, "less" if better == "low" else "more"), 12, FAINT, "end")]
    room = width - NAME - 80
    top = longest([v for _, v in bars])
    for i, (name, value) in enumerate(bars):
        base = y + 26 + i * LINE
        mine = name.startswith("postrider")
        long = max(1.5, room * min(value / top, 1.08))
        out.append(text(x + NAME - 8, base + 12, name, 13, INK, "end",
                        "bold" if mine else "normal"))
        out.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2" '
                   'fill="%s"/>' % (x + NAME, base, long, BAR,
                                    MINE if mine else THEIRS))
        if value > top:
            cut = x + NAME + room * .97
            out.append('<path d="M%.1f %.1f l8 0 l-6 %d l-8 0 z" '
                       'fill="white"/>' % (cut, base - 1, BAR + 2))
        out.append(text(x + NAME + long + 6, base + 12, "%.*f" % (
            digits, value * scale)))
    return out, 26 + len(bars) * LINE


def draw(path, results, words):
    """All panels that have numbers, in two columns; `words` stand below."""
    width = (WIDTH - GAP * (COLUMNS + 1)) / COLUMNS
    heights = [GAP + 34] * COLUMNS
    body = []
    for head, case, way, key, scale, digits, unit, better in PANELS:
        bars = sorted(((r["peer"], r[key]) for r in results
                       if (r["case"], r["way"]) == (case, way) and r.get(key)),
                      key=lambda b: b[1], reverse=better == "high")
        if not bars:
            continue
        column = heights.index(min(heights))
        part, height = panel(GAP + column * (width + GAP), heights[column],
                             width, head, unit, better, bars, scale, digits)
        body += part
        heights[column] += height + GAP
    total = max(heights) + 24
    with open(path, "w") as f:
        f.write('<svg xmlns="http://www.w3.org/2000/svg" width="%d" '
                'height="%d" font-family="DejaVu Sans, Helvetica, sans-serif">'
                '\n<rect width="100%%" height="100%%" fill="white"/>\n' % (
                    WIDTH, total))
        f.write(text(GAP, GAP + 12, "postrider and others", 20,
                     weight="bold") + "\n")
        f.write("\n".join(body) + "\n")
        f.write(text(GAP, total - 14, words, 11, FAINT) + "\n</svg>\n")
