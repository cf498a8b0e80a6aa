"""One attacker among real nodes, with all its member's keys, while officers of the others work.

Twice, with different tricks (tests/whole/tricks.h): first it floods everyone with records, questions,
accusations and garbage, its own officers write as fast as they can, and it keeps its victim's records
out of its blocks; then it proposes nothing, ends one epoch after the other, breaks its links, and
fills the room for proofs against itself before it contradicts itself.

What an honest node acknowledged must be final soon all the same, honest nodes must stay as they are
and as large as they were, they must say who floods them, and the ledger must name the attacker alone.

attack_test.py SECONDS [TRICK,TRICK...]...      of each attack; other tricks than these
"""

import re
import signal
import statistics
import sys
import threading
import time

from load import FACTS, WRITER, accord, check_ledgers, say
from network import BIN, Failure, parley, run_test, wait_until

SECONDS = float(sys.argv[1])
ATTACKS = sys.argv[2:]
FLOOD = "junk,own-records,censor,late,accuse,ask,garbage"
STALL = "silent,epochs,self-accuse,flap,far-votes,junk"
FINAL_MAX = 20  # seconds from the acknowledgement; beside busy loops, too
GROWTH_MAX = 200  # megabytes that a node may be larger during an attack
# A member may end an epoch alone this often; by default once in a day, which would be one only.
CHARTER = ("--rotation-pause", "2s")
SIGNED_AFTER_TIME = 64 + 8 + 8  # bytes of an intake receipt behind its time (docs/formats.md, 10)


class Reporter(threading.Thread):
    """One officer, who reports one incident after the other and waits until each is final."""

    def __init__(self, network, member, officer):
        super().__init__(name=f"{officer} of {member}")
        self.network, self.member, self.officer = network, member, officer
        self.ended = threading.Event()
        self.final = {}  # by record id: seconds from the node's acknowledgement to the answer
        self.problem = None

    def run(self):
        try:
            while not self.ended.is_set():
                self.report()
        except Exception as error:  # raised by the main thread
            self.problem = error

    def report(self):
        result = parley(
            "report", *FACTS, "--place", f"Post {len(self.final)}", "--narrative",
            f"A shot was heard by {self.name}.", "--timeout", f"{FINAL_MAX}s", "--json",
            "--profile", self.network.profile(self.member, self.officer), ok=False)
        answered = time.time()
        if result.code != 0 or result.json()["state"] != "final":
            raise Failure(f"the record of {self.name} is not final: {result}")
        receipt = bytes.fromhex(result.json()["intake_receipt"])
        end = len(receipt) - SIGNED_AFTER_TIME
        received = int.from_bytes(receipt[end - 8:end], "big") / 1_000
        self.final[result.json()["record_id"]] = answered - received


class Reporters:
    """Officers of these members, two of the victim, from `with` to its end."""

    def __init__(self, network, members, victim):
        self.all = [Reporter(network, m, "anna") for m in members]
        self.all.append(Reporter(network, victim, WRITER))

    def __enter__(self):
        for reporter in self.all:
            reporter.start()
        return self

    def __exit__(self, *_):
        for reporter in self.all:
            reporter.ended.set()
        for reporter in self.all:
            reporter.join()

    def check(self):
        for reporter in self.all:
            if reporter.problem:
                raise reporter.problem

    def wait_more(self, count, seconds):
        """Until each has had so many more records made final."""
        want = {r: len(r.final) + count for r in self.all}
        for reporter in self.all:
            wait_until(lambda r=reporter: r.problem or len(r.final) >= want[r],
                       f"{reporter.name} to write {count} records", seconds)
        self.check()

    def records(self):
        return {r for reporter in self.all for r in reporter.final}


def megabytes(network, member):
    """Resident memory of a node."""
    with open(f"/proc/{network.processes[member].pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def start_attacker(network, attacker, victim, tricks):
    program = network.folder / "attacker.sh"
    program.write_text(f'#!/bin/sh\nexec "{BIN}/parleyd-byzantine" --tricks {tricks} '
                       f'--victim {victim} --keys "{network.folder / attacker}" "$@"\n')
    program.chmod(0o700)
    network.programs[attacker] = program
    network.start(attacker)


def refused_of(status, attacker):
    """How many messages of the attacker a node says that it refused; 0 while it says nothing."""
    for notice in status["notices"]:
        counted = re.match(rf"{attacker} sends what is refused \((\d+) so far\)", notice)
        if counted:
            return int(counted[1])
    return 0


def is_truth(alarm, attacker):
    """Restarted, the attacker's officers may use numbers again: that alarm is right."""
    return re.fullmatch(rf"officer \w+ of {attacker} has signed two records with one number; "
                        "both are kept", alarm)


def all_is_well(network, honest, attacker):
    """None of them has stopped, stopped voting or raised an alarm. Their statuses, by member."""
    out = {}
    for m in honest:
        if network.processes[m].poll() is not None:
            raise Failure(f"{m} stopped")
        out[m] = network.run(m, "status")
        if not out[m]["voting"] or any(not is_truth(a, attacker) for a in out[m]["alarms"]):
            raise Failure(f"{m} is not as it should be: {out[m]}")
        if {p["member"] for p in out[m]["proven"]} - {attacker}:
            raise Failure(f"{m} names the wrong members: {out[m]['proven']}")
    if network.processes[attacker].poll() is not None:
        raise Failure(f"the attacker stopped by itself: {network.kill(attacker)}")
    return out


def attack(network, honest, attacker, victim, tricks):
    """Officers work while it lasts. Returns the records that became final."""
    before = {m: megabytes(network, m) for m in honest}
    largest, size = dict(before), network.run(victim, "status")["size"]
    start_attacker(network, attacker, victim, tricks)
    with Reporters(network, honest, victim) as reporters:
        if "junk" in tricks:
            wait_until(lambda: all(refused_of(network.run(m, "status"), attacker) for m in honest),
                       f"all honest nodes to name {attacker} in a notice", 30)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            reporters.wait_more(1, 3 * FINAL_MAX)
            statuses = all_is_well(network, honest, attacker)
            largest = {m: max(largest[m], megabytes(network, m)) for m in honest}
        refused = max(refused_of(statuses[m], attacker) for m in honest)
    reporters.check()
    took = sorted(t for reporter in reporters.all for t in reporter.final.values())
    growth = {m: largest[m] - before[m] for m in honest}
    status = network.run(victim, "status")
    say(tricks, records=len(took), median=statistics.median(took),
        p99=took[int(0.99 * (len(took) - 1))], longest=took[-1], refused=refused,
        entries_in_all=status["size"] - size, epoch=status["epoch"],
        megabytes=max(largest.values()), grown_by=max(growth.values()))
    if max(growth.values()) > GROWTH_MAX:
        raise Failure(f"from {before} MB to {largest} MB")
    if took[-1] > FINAL_MAX:
        raise Failure(f"a record was final only {took[-1]:.1f} s after its acknowledgement")
    return reporters.records()


def check_proofs(network, member, attacker):
    """The attacker's contradiction stands on the ledger, and nobody else is named there."""
    wait_until(lambda: any(p["member"] == attacker and "E3" in p["kinds"]
                           for p in network.run(member, "status")["proven"]),
               "the attacker's contradiction to reach the ledger", 60)
    listed = parley("audit", network.data(member), "--charter", network.charter,
                    "--json").json()["misbehaviour"]
    if {p["member"] for p in listed} != {attacker} or "E3" not in {p["kind"] for p in listed}:
        raise Failure(f"on the ledger, where only {attacker} lied: {listed}")
    return len(listed)


def body(network):
    attacker, victim, honest = network.members[0], network.members[1], network.members[1:]
    network.start()
    network.wait_ready()
    with Reporters(network, honest, victim) as reporters:
        reporters.wait_more(5, 60)  # so that their memory is that of nodes at work
    records = reporters.records()
    network.kill(attacker)
    proofs = 0
    for tricks in ATTACKS or (FLOOD, STALL):
        before = network.run(victim, "status")["epoch"]
        records |= attack(network, honest, attacker, victim, tricks)
        if "epochs" in tricks:
            wait_until(lambda: network.run(victim, "status")["epoch"] >= before + 2,
                       f"{attacker} to end two epochs", 30)
        if "self-accuse" in tricks:
            proofs = check_proofs(network, victim, attacker)
        all_is_well(network, honest, attacker)
        if network.kill(attacker, signal.SIGTERM) != 0:
            raise Failure("the attacker failed at its end")
    network.members = honest
    lost = records - check_ledgers(network)
    if lost:
        raise Failure(f"final and lost: {sorted(lost)}")
    network.stop()
    say("the ledger", records=len(records), proofs_against_the_attacker=proofs)


run_test(body, accord(4, charter_flags=CHARTER))
