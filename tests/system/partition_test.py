"""Networks that break: a member cut off from the start, one-way loss, halves, links that nobody may
dial, slow links. Under load; after each the network heals and all ledgers must be the same.

partition_test.py MEMBERS SECONDS [SCENARIO...]     how long each break lasts
"""

import sys
import time

from load import Load, accord, final_within, nobody_accused, run_scenarios, say
from network import Failure, run_test, wait_until

MEMBERS, SECONDS = int(sys.argv[1]), float(sys.argv[2])
FAULTY = (MEMBERS - 1) // 3
FINAL_MAX = 60  # seconds until a record is final while a quorum can speak, and after healing


def write_on(network, member, what):
    """The slowest of this member's records, written one after the other while the break lasts."""
    end = time.monotonic() + SECONDS
    slowest = 0.0
    while time.monotonic() < end:
        slowest = max(slowest, final_within(network, member, FINAL_MAX, what))
    return slowest


def heal(network, scenario):
    """All is whole again, and everyone can write."""
    network.mesh.heal()
    for m in network.members:
        final_within(network, m, FINAL_MAX, f"after '{scenario}'")


def finish(network, load, scenario, slowest):
    level = load.check()
    nobody_accused(network)
    say(scenario, acknowledged=load.total(), slowest_final=slowest, level_after=level)


def cut_off(network):
    """f members never see the others until the end; their officers go on writing. Comes first."""
    if network.processes:
        raise Failure("cut_off must come first")
    away = network.members[:FAULTY]
    network.mesh.split(away, network.members[FAULTY:])
    network.start()
    for m in network.members[FAULTY:]:
        wait_until(lambda m=m: connected(network, m) == MEMBERS - FAULTY - 1,
                   f"{m} to see the others", 60)
    with Load(network) as load:
        load.wait_more(2)
        slowest = write_on(network, network.members[-1], f"without {away}")
    for m in away:
        if network.status(m)["size"] != 1:
            raise Failure(f"{m} was not cut off: {network.status(m)}")
    heal(network, "cut off")
    finish(network, load, "cut off from the start", slowest)


def connected(network, member):
    """How many others it sees; -1 when it does not answer."""
    status = network.status(member)
    if status is None:
        return -1
    return sum(1 for p in status["peers"] if p["connected"] and p["member"] != member)


def deaf_and_mute(network):
    """First nothing that one member sends arrives, though it hears all; then the reverse."""
    one, others = network.members[0], network.members[1:]
    slowest = 0.0
    with Load(network) as load:
        for mute in (True, False):
            for other in others:
                network.mesh.cut(*((one, other) if mute else (other, one)))
            load.wait_more(2)
            slowest = max(slowest, write_on(network, others[-1],
                                            f"while {one} is {'mute' if mute else 'deaf'}"))
            heal(network, "deaf and mute")
    finish(network, load, "asymmetric partition", slowest)


def settle(network):
    """Until no ledger grows any more: what was under way when the network broke has ended."""
    def still():
        sizes = [[network.status(m)["size"] for m in network.members] for _ in range(3)]
        return sizes[0] == sizes[2]
    wait_until(still, "the ledgers to stand still", 20, every=0.5)


def halves(network):
    """No quorum on either side: nothing becomes final, what is written waits."""
    middle = MEMBERS // 2
    sides = network.members[:middle], network.members[middle:]
    if len(sides[1]) >= MEMBERS - FAULTY:
        raise Failure("one side has a quorum")
    with Load(network) as load:
        load.wait_more(1)
        network.mesh.split(*sides)
        settle(network)
        before = [network.status(m)["size"] for m in network.members]
        load.wait_more(2)
        time.sleep(SECONDS)  # nothing to wait for: that nothing happens is what is tested
        after = [network.status(m)["size"] for m in network.members]
        if before != after:
            raise Failure(f"a ledger grew without a quorum: {before}, {after}")
        began = time.monotonic()
        network.mesh.heal()
        final_within(network, network.members[0], FINAL_MAX, "after halves")
        took = time.monotonic() - began
    finish(network, load, "halves", took)


def one_way_links(network):
    """No member can dial the next one in a ring, and so tell it anything directly."""
    slowest = 0.0
    with Load(network) as load:
        for a, b in zip(network.members, network.members[1:] + network.members[:1]):
            network.mesh.refuse(a, b)
        load.wait_more(2)
        for m in (network.members[0], network.members[-1]):
            slowest = max(slowest, write_on(network, m, "with one-way links"))
        heal(network, "one-way links")
    finish(network, load, "one-way links", slowest)


def slow_links(network):
    """Every link slow and narrow, then one member's links slower than the view timeout."""
    slowest = 0.0
    with Load(network) as load:
        network.mesh.slow(0.15, 100_000)
        load.wait_more(2)
        for m in (network.members[0], network.members[-1]):
            slowest = max(slowest, write_on(network, m, "with slow links"))
        network.mesh.slow(1.5, 20_000, member=network.members[0])
        slowest_one = write_on(network, network.members[-1], "with one very slow member")
        heal(network, "slow links")
    finish(network, load, "slow links", slowest)
    say("one very slow member", slowest_final=slowest_one)


def body(network):
    if "cut_off" not in (sys.argv[3:] or ["cut_off"]):
        network.start()
        network.wait_ready()
    scenarios = (cut_off, deaf_and_mute, halves, one_way_links, slow_links)
    run_scenarios(scenarios, sys.argv[3:], network)
    network.stop()


run_test(body, accord(MEMBERS, proxied=True))
