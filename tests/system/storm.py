"""A benchmark, not a test: how long other members' records take while a busy day goes on.

    PARLEY_BIN=build/release/bin python3 tests/system/storm.py MEMBERS ROWS [SCREEN_SECONDS]

One officer imports ROWS rows of the example table, as fast as the ledger takes them, under a charter
whose screening is due SCREEN_SECONDS (20) after each report: so as many deadlines as rows fall due
within the time that the import took. Meanwhile an officer of every other member reports one incident
after the other. Prints how long these took, in both phases, and the longest time without any.
"""

import statistics
import sys
import threading
import time

from load import FACTS, accord
from network import parley, run_test

TABLE = "data/ucdp_ged_pakistan_1989-2021_hxl.csv"
MAPPING = "data/ucdp-mapping.json"


class Writer(threading.Thread):
    """Reports one incident after the other and notes when each was handed in and final."""

    def __init__(self, network, member):
        super().__init__(name=member)
        self.network, self.member = network, member
        self.ended = threading.Event()
        self.times = []  # (begin, end, exit code)

    def run(self):
        while not self.ended.is_set():
            begin = time.monotonic()
            code = parley("report", *FACTS, "--place", "Post", "--narrative", "A shot was heard.",
                          "--timeout", "120s", "--json", "--profile",
                          self.network.profile(self.member, "boris"), ok=False, timeout=200).code
            self.times.append((begin, time.monotonic(), code))


def show(phase, times, begin, end):
    took = sorted(b - a for a, b, code in times if begin <= a <= end and code == 0)
    failed = sum(1 for a, _, code in times if begin <= a <= end and code != 0)
    finals = sorted(b for _, b, code in times if code == 0)
    gap = max((b - a for a, b in zip([begin, *finals], finals) if begin <= b <= end), default=0)
    if not took:
        print(f"{phase}: no record became final")
        return
    p99 = took[min(len(took) - 1, int(0.99 * len(took)))]
    print(f"{phase}: {end - begin:.1f} s, {len(took)} records of others ({failed} failed), "
          f"median {1000 * statistics.median(took):.0f} ms, p99 {1000 * p99:.0f} ms, "
          f"longest time without one {gap:.2f} s", flush=True)


def lapses(network):
    status = network.status(network.members[-1])
    return status["size"] if status else 0


def body(network):
    rows = int(sys.argv[2])
    screen = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    network.start()
    network.wait_ready()
    writers = [Writer(network, m) for m in network.members[1:]]
    for w in writers:
        w.start()
    begin = time.monotonic()
    parley("import", TABLE, "--mapping", MAPPING, "--limit", rows, "--batch", 500, "--timeout", "5m",
           "--profile", network.profile(network.members[0]), timeout=1200)
    imported = time.monotonic()
    size = network.status(network.members[0])["size"]
    # Until all are screened by lapse: each row makes an entry more.
    while lapses(network) < size + rows and time.monotonic() < imported + screen + 600:
        time.sleep(0.5)
    done = time.monotonic()
    for w in writers:
        w.ended.set()
    for w in writers:
        w.join()
    times = [t for w in writers for t in w.times]
    print(f"{len(network.members)} members, {rows} rows, screening due after {screen} s")
    show("import", times, begin, imported)
    show("until the last lapse", times, imported, done)


run_test(body, accord(int(sys.argv[1]),
                      deadlines=[f"screen={sys.argv[3] if len(sys.argv) > 3 else 20}s"]))
