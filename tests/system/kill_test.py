"""Four nodes under load; one after the other is killed without warning and started again.

Afterwards no acknowledged record may be missing and all four ledgers must be byte-identical.
PARLEY_KILL_SECONDS sets how long (default 60); PARLEY_KILL_SEED replays the choice of victims.
"""

import os
import random
import threading
import time

from archive_reader import entries, merkle_root, record_id
from network import Failure, Network, parley, run_test

SECONDS = int(os.environ.get("PARLEY_KILL_SECONDS", "60"))
SEED = int(os.environ.get("PARLEY_KILL_SEED", str(random.randrange(1 << 30))))


class Officer(threading.Thread):
    """Reports incidents through its own node, one after the other, and notes what was acknowledged.

    When the node is down, records wait in the outbox and go out later, in order.
    """

    def __init__(self, network, member, stop):
        super().__init__()
        self.network, self.member, self.stop = network, member, stop
        self.acknowledged = set()
        self.waiting = 0
        self.problem = None

    def run(self):
        try:
            number = 0
            while not self.stop.is_set():
                number += 1
                self.report(number)
        except Exception as error:  # shown by the main thread, which fails the test
            self.problem = error

    def report(self, number):
        result = parley(
            "report", "--event-type", "FIRE_SMALL_ARMS", "--from", "2026-03-03T22:10+05:00", "--to",
            "2026-03-03T22:20+05:00", "--place", f"Post {number}", "--alleged", "unknown",
            "--narrative", f"Burst {number} heard by {self.member}.", "--no-wait", "--json",
            "--profile", self.network.profile(self.member), ok=False)
        if result.code == 0:
            self.acknowledged.add(result.json()["record_id"])
        elif result.code == 3:
            self.waiting += 1
        else:
            raise Failure(str(result))


def kill_at_random(network, seconds):
    rng = random.Random(SEED)
    end = time.monotonic() + seconds
    kills = 0
    while time.monotonic() < end:
        victim = rng.choice(network.members)
        network.kill(victim)
        kills += 1
        # Not waiting for something: the down time and the up time are what is being tested.
        time.sleep(rng.uniform(0.1, 2.0))
        network.start(victim)
        time.sleep(rng.uniform(0.5, 4.0))
    return kills


def body(network):
    print(f"replay: PARLEY_KILL_SEED={SEED}", flush=True)
    network.start()
    network.wait_ready()
    stop = threading.Event()
    officers = [Officer(network, m, stop) for m in network.members]
    for officer in officers:
        officer.start()
    kills = kill_at_random(network, SECONDS)
    stop.set()
    for officer in officers:
        officer.join()
        if officer.problem:
            raise officer.problem
    network.wait_ready()
    for officer in officers:
        if officer.waiting:
            network.run(officer.member, "outbox", "send")
    head = network.wait_level()

    ledgers = []
    for m in network.members:
        archive = network.folder / f"archive-{m}"
        network.run(m, "export", "--out", archive)
        ledgers.append(entries(archive))
    if any(ledger != ledgers[0] for ledger in ledgers[1:]):
        raise Failure("the ledgers differ")
    if merkle_root(ledgers[0]).hex() != head["root"]:
        raise Failure("the root is not that of the entries")
    held = [r for r in map(record_id, ledgers[0]) if r]
    if len(held) != len(set(held)):
        raise Failure("a record stands on the ledger twice")
    for officer in officers:
        lost = officer.acknowledged - set(held)
        if lost:
            raise Failure(f"acknowledged to {officer.member} and lost: {sorted(lost)}")
        if not officer.acknowledged:
            raise Failure(f"nothing was acknowledged to {officer.member}: the test tested nothing")
    parley("audit", network.folder / f"archive-{network.members[0]}", "--charter", network.charter)
    total = sum(len(o.acknowledged) for o in officers)
    print(f"{kills} kills, {total} acknowledged, {len(ledgers[0])} entries, all level", flush=True)
    network.stop()


run_test(body, Network(["north", "south"], ["lake", "harbour"]))
