"""Clocks that are wrong: within the charter's bound nothing changes, beyond it the ledger goes on.

The default charter lets a block be 5 s ahead of a voter's clock and a minute behind it. The
machine's clock is not touched: libfaketime shows one node another time.

clock_test.py SECONDS [SCENARIO...]     how long each offset is held
"""

import glob
import sys
import time

from load import Load, accord, final_within, nobody_accused, run_scenarios, say
from network import Failure, run_test

SECONDS = float(sys.argv[1])
FINAL_MAX = 60
AHEAD_MAX, BEHIND_MAX = 5, 60  # seconds
SKIPPED = 77


def library():
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    return found[0] if found else None


def set_clock(network, member, offset):
    network.environments[member] = {
        "LD_PRELOAD": library(), "FAKETIME": f"{offset:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "0"} if offset else {}


def one_wrong_clock(network, offset):
    """One member's clock is off; all write, and ledger time stays within the bound for the rest."""
    wrong, others = network.members[0], network.members[1:]
    network.kill(wrong)
    set_clock(network, wrong, offset)
    network.start(wrong)
    network.wait_ready()
    slowest = 0.0
    with Load(network, others) as load:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for m in network.members:
                slowest = max(slowest, final_within(network, m, FINAL_MAX, f"at {offset:+d} s"))
            off = network.status(others[0])["time_ms"] / 1000 - time.time()
            # Beyond the bound only the wrong node's own blocks would be: nobody votes for them.
            if not -BEHIND_MAX - 5 < off < AHEAD_MAX + 1:
                raise Failure(f"ledger time is off by {off:.1f} s with one clock at {offset:+d} s")
    level = load.check()
    nobody_accused(network)
    say(f"one clock at {offset:+d} s", acknowledged=load.total(), slowest_final=slowest,
        level_after=level)


def within_ahead(network):
    one_wrong_clock(network, 3)


def within_behind(network):
    one_wrong_clock(network, -20)


def beyond_ahead(network):
    one_wrong_clock(network, 90)


def beyond_behind(network):
    one_wrong_clock(network, -300)


def body(network):
    network.start()
    network.wait_ready()
    scenarios = (within_ahead, within_behind, beyond_ahead, beyond_behind)
    run_scenarios(scenarios, sys.argv[2:], network)
    network.stop()


if library() is None:
    print("skipped: libfaketime is not installed (cmake/packages.txt)", flush=True)
    sys.exit(SKIPPED)
run_test(body, accord(4))
