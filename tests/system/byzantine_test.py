"""One liar among honest nodes: it equivocates, withholds, misstates where it is, answers fetches
with garbage or not at all, and sends garbage records and checkpoints, all under load.

The honest go on, prove what it did and accuse nobody else; a node that was away catches up past it.

byzantine_test.py MEMBERS SECONDS      PARLEY_LIES_SEED replays the choice of lies
"""

import os
import random
import subprocess
import sys
import time

from load import Load, accord, final_within, say
from network import BIN, Failure, run_test, wait_until

MEMBERS, SECONDS = int(sys.argv[1]), float(sys.argv[2])
SEED = int(os.environ.get("PARLEY_LIES_SEED", str(random.randrange(1 << 30))))
FINAL_MAX = 90  # seconds; a silent leader costs a view timeout each time its turn comes
AWAY_RECORDS = 20


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


def body(network):
    print(f"replay: PARLEY_LIES_SEED={SEED}", flush=True)
    liar, honest = network.members[0], network.members[1:]
    program = network.folder / "liar.sh"
    program.write_text(f'#!/bin/sh\nexec "{BIN}/parleyd-byzantine" --seed {SEED} "$@"\n')
    program.chmod(0o700)
    network.programs[liar] = program
    network.start()
    network.wait_ready()
    slowest = 0.0
    with Load(network, honest) as load:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for m in honest:
                slowest = max(slowest, final_within(network, m, FINAL_MAX, "beside a liar"))
        # A node that was away must catch up although one of its peers lies about blocks. All that
        # are left are needed for a quorum, so the ledger may stand still meanwhile.
        away = honest[-1]
        network.kill(away)
        load.wait_more(AWAY_RECORDS // MEMBERS, members=honest[:-1])
        began = time.monotonic()
        network.start(away)
        final_within(network, away, FINAL_MAX, "after it was away")
        back = time.monotonic() - began
    wait_until(lambda: all(network.status(m)["evidence_count"] for m in honest),
               "all honest nodes to hold a proof", 60)
    if network.processes[liar].poll() is not None:
        raise Failure(f"the liar stopped by itself: {network.kill(liar)}")
    network.kill(liar)
    network.members = honest
    level = load.check(honest)
    proofs = {m: network.status(m)["evidence_count"] for m in honest}
    for m in honest:
        status = network.status(m)
        if not status["voting"] or status["alarms"]:
            raise Failure(f"{m} was talked out of voting: {status}")
    network.stop()
    for m in honest:
        names = accused(network, m)
        if set(names) != {liar}:
            raise Failure(f"{m} accuses {names}; only {liar} lied")
    say("one liar", acknowledged=load.total(), slowest_final=slowest, back_after=back,
        level_after=level, proofs=proofs, kinds=sorted(names[liar]))


run_test(body, accord(MEMBERS))
