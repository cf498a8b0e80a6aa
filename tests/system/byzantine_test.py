"""One liar among honest nodes: it equivocates, withholds, misstates where it is, answers fetches
with garbage or not at all, and sends garbage records and checkpoints, all under load.

The honest go on, prove what it did and accuse nobody else; nodes that were away or wiped catch up
past it.

byzantine_test.py MEMBERS SECONDS      PARLEY_LIES_SEED replays the choice of lies
"""

import os
import random
import shutil
import subprocess
import sys
import time

from archive_reader import entries
from load import Load, accord, check_ledgers, final_within, say
from network import BIN, Failure, parley, run_test, wait_until

MEMBERS, SECONDS = int(sys.argv[1]), float(sys.argv[2])
SEED = int(os.environ.get("PARLEY_LIES_SEED", str(random.randrange(1 << 30))))
FINAL_MAX = 90  # seconds; a silent leader costs a view timeout each time its turn comes
AWAY_BLOCKS = 20  # more than the eight that are not fetched as a range


def accused(network, member):
    """Who is accused in a stopped node's database: {member: {kinds}}. Proofs are verified again."""
    listed = subprocess.run(
        [BIN / "parleyd-byzantine", "--accused", network.data(member) / "db", "--charter",
         network.charter], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Failure(f"proofs of {member}: {listed.stderr}")
    out = {}
    for line in listed.stdout.splitlines():
        name, kind, _ = line.split()
        out.setdefault(name, set()).add(kind)
    return out


def start_with_liar(network, liar):
    program = network.folder / "liar.sh"
    program.write_text(f'#!/bin/sh\nexec "{BIN}/parleyd-byzantine" --seed {SEED} "$@"\n')
    program.chmod(0o700)
    network.programs[liar] = program
    network.start()
    network.wait_ready()


def catch_up_after_absence(network, member, other):
    """A member that was away returns. Needs a quorum without it and without the liar."""
    height = network.status(other)["height"]
    network.kill(member)
    wait_until(lambda: network.status(other)["height"] >= height + AWAY_BLOCKS,
               f"{AWAY_BLOCKS} blocks with {member} away", FINAL_MAX)
    network.start(member)
    return final_within(network, member, FINAL_MAX, "after it was away")


def catch_up_from_nothing(network, member, other):
    """A wiped node follows from genesis, and says why it votes no more."""
    network.kill(member)
    shutil.rmtree(network.data(member) / "db")
    began = time.monotonic()
    network.start(member)
    least = network.status(other)["size"]

    def is_level():  # the liar lies on, so the ledger may grow by a proof at any moment
        here, there = network.status(member), network.status(other)
        return here and here["size"] >= least and here["root"] == there["root"]

    wait_until(is_level, f"{member} to catch up", FINAL_MAX)
    took = time.monotonic() - began
    status = network.status(member)
    if status["voting"] or not any("forgotten" in alarm for alarm in status["alarms"]):
        raise Failure(f"{member} has lost its votes and votes on: {status}")
    return took


def check_proofs_on_ledger(network, member, liar):
    """Every proof on the ledger is of the liar, stands there once, and convinces a stranger who has
    nothing but the charter (E6: and the ledger). Returns their kinds."""
    archive = network.folder / "with-proofs"
    network.run(member, "export", "--out", archive)
    listed = parley("audit", archive, "--charter", network.charter, "--json").json()["misbehaviour"]
    places = [(m["member"], m["kind"], m["epoch"], m["number"]) for m in listed]
    if not places or {p[0] for p in places} != {liar} or len(set(places)) != len(places):
        raise Failure(f"on the ledger, where only {liar} lied: {listed}")
    held = entries(archive)
    for kind in {m["kind"] for m in listed}:
        index = next(m["entry"] for m in listed if m["kind"] == kind)
        file = network.folder / f"proof-{kind}.entry"
        file.write_bytes(held[index])
        more = ("--ledger", archive) if kind == "E6" else ()
        shown = parley("audit", "evidence", file, "--charter", network.charter, *more,
                       "--json").json()
        if (shown["member"], shown["kind"]) != (liar, kind):
            raise Failure(f"entry {index} is shown as {shown}")
        forged = bytearray(held[index])
        forged[-1] ^= 1
        file.write_bytes(forged)
        parley("audit", "evidence", file, "--charter", network.charter, *more, code=1)
    return sorted({m["kind"] for m in listed})


def on_ledger(network, member):
    return parley("audit", network.data(member), "--charter", network.charter,
                  "--json").json()["misbehaviour"]


def body(network):
    print(f"replay: PARLEY_LIES_SEED={SEED}", flush=True)
    liar, honest = network.members[0], network.members[1:]
    start_with_liar(network, liar)
    network.members = honest
    slowest = away = 0.0
    with Load(network) as load:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for m in honest:
                slowest = max(slowest, final_within(network, m, FINAL_MAX, "beside a liar"))
        if MEMBERS == 7:
            away = catch_up_after_absence(network, honest[-1], honest[0])
    wait_until(lambda: all(network.status(m)["evidence_count"] for m in honest),
               "all honest nodes to hold a proof", 60)
    level = load.check()
    proofs = [network.status(m)["evidence_count"] for m in honest]
    for m in honest:
        status = network.status(m)
        if not status["voting"] or status["alarms"]:
            raise Failure(f"{m} was talked out of voting: {status}")
    wait_until(lambda: on_ledger(network, honest[0]), "a proof to reach the ledger", 60)
    recorded = check_proofs_on_ledger(network, honest[0], liar)
    proven = [p["member"] for p in network.status(honest[0])["proven"]]
    if proven != [liar]:
        raise Failure(f"status names {proven}; only {liar} lied")
    wiped = catch_up_from_nothing(network, honest[-1], honest[0])
    check_ledgers(network)
    if network.processes[liar].poll() is not None:
        raise Failure(f"the liar stopped by itself: {network.kill(liar)}")
    network.kill(liar)
    network.stop()
    for m in honest[:-1]:
        names = accused(network, m)
        if set(names) != {liar}:
            raise Failure(f"{m} accuses {names}; only {liar} lied")
    say("one liar", acknowledged=load.total(), slowest_final=slowest, away_back_after=away,
        wiped_level_after=wiped, level_after=level, proofs=proofs, kinds=sorted(names[liar]), on_ledger=recorded)


run_test(body, accord(MEMBERS))
