"""Members come and go while officers work: no call of those who stay ever fails.

Two officers who stay ask and report all the time, each with a new connection, while one member
joins, another leaves and a third changes its node key.
"""

import threading

from charters import epoch_is, signed
from load import FACTS, check_ledgers
from network import Failure, Network, parley, run_test

STAY = ("lake", "south")
CALLS = 60  # of each officer, at least, around every change


class Steady(threading.Thread):
    """One call after the other until told to end; the first that fails ends it."""

    def __init__(self, network, member):
        super().__init__(name=f"officer of {member}")
        self.network, self.member = network, member
        self.ended = threading.Event()
        self.calls = 0
        self.problem = None

    def run(self):
        try:
            while not self.ended.is_set():
                self.network.run(self.member, "status")
                self.calls += 1
                if self.calls % 5 == 0:
                    self.network.run(self.member, "report", *FACTS, "--place", f"Post {self.calls}",
                                     "--narrative", "Steady work.")
        except Exception as error:  # raised by the main thread in at_work
            self.problem = error


def at_work(network, change):
    """Runs change() while the officers of those who stay work, before it, in it and after it."""
    officers = [Steady(network, m) for m in STAY]
    for officer in officers:
        officer.start()
    try:
        result = change()
        for officer in officers:
            while officer.calls < CALLS and officer.is_alive():
                officer.join(0.05)
    finally:
        for officer in officers:
            officer.ended.set()
        for officer in officers:
            officer.join()
    for officer in officers:
        if officer.problem:
            raise officer.problem
        if officer.calls < CALLS:
            raise Failure(f"{officer.name} made only {officer.calls} calls")
    return result


def adopt(network, by, number, current, signers, *flags):
    """A new charter, handed in by a member whose officer is not one of those at work."""
    text = network.folder / f"charter-{number}.txt"
    parley("charter", "amend", "--current", current, *flags, "--out", text)
    note = signed(network, text, current, signers, f"charter-{number}")
    network.run(by, "charter", "propose", note)
    epoch_is(network, STAY, number)
    return note


def body(network):
    network.start()
    network.wait_ready()

    def join():
        note = adopt(network, "north", 2, network.charter, [*network.members, "east"], "--add",
                     network.folder / "east" / "east.member")
        network.join("east", [note])
        network.start("east")
        epoch_is(network, ["east"], 2)
        # Whoever sees the charter is served by it at once.
        network.run("east", "report", *FACTS, "--place", "New", "--narrative", "Just arrived.")

    at_work(network, join)

    def rotate():
        network.run("north", "key", "rotate", "--root-key", network.folder / "north" / "root.key",
                    "--purpose", "node", "--new-key", network.folder / "north" / "node-2.key",
                    "--passphrase-file", network.passphrase)
        epoch_is(network, STAY, 3)

    at_work(network, rotate)
    third = network.folder / "charter-3.note"
    network.run("lake", "charter", "get", "--out", third)

    def leave():
        adopt(network, "east", 4, third, network.members, "--remove", "harbour")
        network.kill("harbour")
        network.members.remove("harbour")

    at_work(network, leave)
    network.wait_level()
    check_ledgers(network)
    network.stop()


run_test(body, Network(["north", "south"], ["harbour", "lake"], later=("east",)))
