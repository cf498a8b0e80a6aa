"""Nodes that end or stand still under load: power cuts of all, rolling restarts, a frozen leader.

outage_test.py MEMBERS ROUNDS [SCENARIO...]
"""

import signal
import sys
import time

from load import Load, accord, final_within, nobody_accused, run_scenarios, say
from network import Failure, run_test, wait_until

MEMBERS, ROUNDS = int(sys.argv[1]), int(sys.argv[2])
FINAL_MAX = 60  # seconds until a record is final once enough nodes run again
LEADER_FROZEN = 6  # seconds; the view timeout is one


def power_cut(network):
    """All at once, without warning, several times."""
    slowest = 0.0
    with Load(network) as load:
        for _ in range(ROUNDS):
            load.wait_more(3)
            network.kill_all()
            network.start()
            slowest = max(slowest, final_within(network, network.members[0], FINAL_MAX,
                                                "after a power cut"))
    level = load.check()
    nobody_accused(network)
    say("power cut of all", cuts=ROUNDS, acknowledged=load.total(), slowest_final=slowest,
        level_after=level)


def rolling(network):
    """One after the other is stopped in good order and started again."""
    slowest = 0.0
    with Load(network) as load:
        for _ in range(max(1, ROUNDS // 3)):
            for m in network.members:
                load.wait_more(1)
                code = network.kill(m, signal.SIGTERM)
                if code != 0:
                    raise Failure(f"{m} stopped with {code}")
                other = next(o for o in network.members if o != m)
                slowest = max(slowest, final_within(network, other, FINAL_MAX, f"without {m}"))
                network.start(m)
                network.wait_ready()
    level = load.check()
    nobody_accused(network)
    say("rolling restart", acknowledged=load.total(), slowest_final=slowest, level_after=level)


def frozen_leader(network):
    """The present leader stands still for longer than the view timeout, with its sockets open."""
    slowest = 0.0
    with Load(network) as load:
        for _ in range(max(1, ROUNDS // 2)):
            leader = wait_until(lambda: (network.status(network.members[0]) or {}).get("leader"),
                                "a leader")
            network.processes[leader].send_signal(signal.SIGSTOP)
            try:
                thaw = time.monotonic() + LEADER_FROZEN
                other = next(m for m in network.members if m != leader)
                slowest = max(slowest, final_within(network, other, FINAL_MAX,
                                                    f"while {leader} stands still"))
                # Its peers must have given it up and gone on, and it must wake into the future.
                time.sleep(max(0.0, thaw - time.monotonic()))
            finally:
                network.processes[leader].send_signal(signal.SIGCONT)
            load.wait_more(2)
            final_within(network, leader, FINAL_MAX, f"through {leader} again")
    level = load.check()
    nobody_accused(network)
    say("frozen leader", acknowledged=load.total(), slowest_final=slowest, level_after=level)


def body(network):
    network.start()
    network.wait_ready()
    run_scenarios((power_cut, rolling, frozen_leader), sys.argv[3:], network)
    network.stop()


run_test(body, accord(MEMBERS))
