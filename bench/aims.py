# SPDX-License-Identifier: ISC
"""What postrider wants to reach, and whether it did in this run."""
DATA = "postrider, DATA"
# A trip is whole: what is over is the time of a busy machine.  The least stall
# that a client makes, an acknowledgement that waits for 40 ms, is twice that.
TRIP_SLACK = .2


class Numbers:
    def __init__(self, results):
        self.found = {(r["case"], r["way"], r["peer"]): r for r in results}
        self.results = results

    def get(self, case, way, key, peer="postrider"):
        return self.found.get((case, way, peer), {}).get(key)

    def to(self, case, way, key, peer="msmtp"):
        """postrider's number as a part of the peer's."""
        mine, other = (self.get(case, way, key),
                       self.get(case, way, key, peer))
        return mine / other if mine and other else None

    def best(self, case, way, key):
        """postrider's number as a part of the best peer's."""
        others = [r[key] for r in self.results
                  if r["case"] == case and r["way"] == way and r.get(key)
                  and not r["peer"].startswith("postrider")]
        mine = self.get(case, way, key)
        return mine / min(others) if mine and others else None


def trips(n):
    for way, most in (("TLS", 6), ("STARTTLS", 8), ("clear", 4)):
        for count in (1, 20, 200):
            key = "%s, %d rcpt" % (way, count)
            for more, peer in enumerate(("postrider", DATA)):
                rtt = n.get("round trips", key, "rtt", peer)
                yield ("%s, %s (wall/RTT %.2f)" % (peer, key, rtt or 0),
                       "at most", most + more,
                       n.get("round trips", key, "trips", peer))


def rows(n):
    """(what, "at most" or "at least", aim, measured)"""
    def most(what, aim, value):
        return what, "at most", aim, value

    def least(what, aim, value):
        return what, "at least", aim, value

    yield from trips(n)
    yield most("one over TLS: wall to msmtp", .08, n.to("one", "TLS", "wall"))
    yield most("one over TLS: instructions to msmtp", .75,
               n.to("one", "TLS", "instr"))
    yield most("one over TLS, system store: wall to msmtp", .18,
               n.to("one", "TLS, system store", "wall"))
    yield most("one in clear: wall to msmtp", .06,
               n.to("one", "clear", "wall"))
    yield most("one over TLS: peak MB", 8, n.get("one", "TLS", "mb"))
    yield most("100 MB over TLS: instructions per octet", 6,
               n.get("large", "tls", "slope"))
    yield most("100 MB in clear: instructions per octet", 3,
               n.get("large", "clear", "slope"))
    yield most("100 MB over TLS: wall to the fastest", 1,
               n.best("large", "tls", "wall"))
    yield most("100 MB in clear: wall to the fastest", 1,
               n.best("large", "clear", "wall"))
    for way in ("clear", "tls"):
        yield most("1 GB, %s: peak MB" % way, 16, n.get("giant", way, "mb"))
    yield most("10,000 recipients: wall to msmtp", .25,
               n.to("recipients", "10000", "wall"))
    half = n.get("recipients", "5000", "wall")
    yield most("10,000 recipients: wall to 5,000", 2.2,
               half and n.get("recipients", "10000", "wall") / half)
    yield least("one process after the other: rate to msmtp", 12,
                n.to("series", "STARTTLS", "rate"))
    yield least("50 at once: rate to msmtp", 1.5,
                n.to("together", "STARTTLS", "rate"))


def judge(results):
    """[{what, aim, value, met}] of those that were measured."""
    found = []
    for what, sense, aim, value in rows(Numbers(results)):
        if value is not None:
            slack = TRIP_SLACK if "RTT" in what else .0005
            found.append({"what": what, "sense": sense, "aim": aim,
                          "value": value, "met": bool(
                              value <= aim + slack if sense == "at most"
                              else value >= aim - slack)})
    return found


def show(found):
    print("\n%-48s %14s %10s" % ("aims", "", "measured"))
    for row in found:
        print("  %-46s %14s %10.3f   %s" % (
            row["what"], "%s %g" % (row["sense"], row["aim"]), row["value"],
            "yes" if row["met"] else "no"))
