"""Yesterday's backup is put back, db.generation with it, so that the node itself cannot notice.

It must first learn where the others are, never contradict what its own key has signed since, and
catch up. It votes again once it is past all that; when it meets a signature of its own that it has
forgotten, it says so and never votes again with that key.

restore_test.py ROUNDS
"""

import shutil
import signal
import sys
import time

from load import Load, accord, check_ledgers, final_within, nobody_accused, say
from network import Failure, run_test, wait_until

CAUGHT_UP_MAX = 60


def body(network):
    victim, others = network.members[0], network.members[1:]
    backup = network.folder / "backup"
    network.start()
    network.wait_ready()
    with Load(network) as load:
        load.wait_more(5)
        network.kill(victim, signal.SIGTERM)
        shutil.copytree(network.data(victim), backup)
        network.start(victim)
        network.wait_ready()
        old = network.status(victim)["size"]
        load.wait_more(10)  # the victim votes and cosigns on
        wait_until(lambda: network.status(victim)["size"] > old + 20, "the victim to go on", 60)
    network.wait_level()

    for number in range(int(sys.argv[1])):
        network.kill(victim, signal.SIGKILL)
        shutil.rmtree(network.data(victim))
        shutil.copytree(backup, network.data(victim))
        with Load(network, others) as later:
            began = time.monotonic()
            network.start(victim)
            network.wait_ready()
            later.wait_more(5)
        network.wait_level()
        caught_up = time.monotonic() - began
        if caught_up > CAUGHT_UP_MAX:
            raise Failure(f"level after {caught_up:.1f} s")
        final_within(network, others[0], 60, "after the restore")
        lost = load_of(load, later) - check_ledgers(network)
        if lost:
            raise Failure(f"acknowledged and lost: {sorted(lost)}")
        nobody_accused(network, others)
        status = network.status(victim)
        if not status["voting"] and not any("does not remember" in a for a in status["alarms"]):
            raise Failure(f"{victim} does not say why it votes no more: {status}")
        say(f"old backup {number + 1}", entries_behind=status["size"] - old,
            caught_up_after=caught_up, votes_again=status["voting"], alarms=status["alarms"])
    network.stop()


def load_of(*loads):
    return {r for load in loads for o in load.officers for r in o.acknowledged}


run_test(body, accord(4))
