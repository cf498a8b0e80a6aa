"""Four nodes under load; one after the other is killed without warning and started again.

Afterwards no acknowledged record may be missing and all four ledgers must be byte-identical.
PARLEY_KILL_SEED replays the choice of victims.

kill_test.py SECONDS     how long it goes on
"""

import os
import random
import sys
import time

from load import Load
from network import Network, run_test

SECONDS = int(sys.argv[1])
SEED = int(os.environ.get("PARLEY_KILL_SEED", str(random.randrange(1 << 30))))


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
    with Load(network) as load:
        kills = kill_at_random(network, SECONDS)
    network.wait_ready()
    load.check()
    print(f"{kills} kills, {load.total()} acknowledged, all level", flush=True)
    network.stop()


run_test(body, Network(["north", "south"], ["lake", "harbour"]))
