"""Officers who write while things break, and what must be true when it is over."""

import threading
import time

from archive_reader import checkpoint_root, entries, merkle_root, record_id
from network import Failure, Network, parley, wait_until

PARTIES = ("amber", "basalt", "cedar", "delta")
MEDIATORS = ("elm", "fjord", "grove")
EXPORTS_MAX = 10
WRITER = "boris"  # writes single records while "anna" makes the load

FACTS = ("--event-type", "FIRE_SMALL_ARMS", "--from", "2026-03-03T22:10+05:00", "--to",
         "2026-03-03T22:20+05:00", "--alleged", "unknown")


def accord(count, officers=(), **options):
    """A network of four or seven members; more officers than the load needs if wanted."""
    parties = {4: 2, 7: 4}[count]
    return Network(PARTIES[:parties], MEDIATORS[:count - parties],
                   officers=("anna", WRITER, *officers), **options)


class Officer(threading.Thread):
    """Reports incidents through its own node, one after the other, and notes what was acknowledged.

    When the node is down, records wait in the outbox and go out later, in order.
    """

    def __init__(self, network, member):
        super().__init__(name=f"officer of {member}")
        self.network, self.member = network, member
        self.ended = threading.Event()
        self.acknowledged = set()
        self.waiting = 0
        self.problem = None

    def run(self):
        try:
            number = 0
            while not self.ended.is_set():
                number += 1
                self.report(number)
        except Exception as error:  # raised by the main thread in Load.end
            self.problem = error

    def report(self, number):
        result = parley(
            "report", *FACTS, "--place", f"Post {number}", "--narrative",
            f"Burst {number} heard by {self.member}.", "--no-wait", "--json", "--timeout", "5s",
            "--profile", self.network.profile(self.member), ok=False)
        if result.code == 0:
            self.acknowledged.add(result.json()["record_id"])
        elif result.code == 3:
            self.waiting += 1
        else:
            raise Failure(str(result))


class Load:
    """One officer for each member, from `with` to its end; then all that was written is checked."""

    def __init__(self, network, members=None):
        self.network = network
        self.officers = [Officer(network, m) for m in members or network.members]

    def __enter__(self):
        for officer in self.officers:
            officer.start()
        return self

    def __exit__(self, *_):
        for officer in self.officers:
            officer.ended.set()
        for officer in self.officers:
            officer.join()

    def total(self):
        return sum(len(o.acknowledged) for o in self.officers)

    def wait_more(self, count=5, seconds=60, members=None):
        """Until each of these officers has had so many more records acknowledged."""
        chosen = [o for o in self.officers if members is None or o.member in members]
        want = {o: len(o.acknowledged) + count for o in chosen}
        for officer in chosen:
            wait_until(lambda o=officer: o.problem or len(o.acknowledged) >= want[o],
                       f"{officer.name} to write {count} records", seconds)
            if officer.problem:
                raise officer.problem

    def check(self, members=None):
        """After the end: nothing acknowledged is missing, and the members' ledgers are the same.

        Returns how many seconds it took until they were level.
        """
        network = self.network
        for officer in self.officers:
            if officer.problem:
                raise officer.problem
            if officer.waiting:
                network.run(officer.member, "outbox", "send")
        began = time.monotonic()
        network.wait_level()
        took = time.monotonic() - began
        held = check_ledgers(network, members)
        for officer in self.officers:
            lost = officer.acknowledged - held
            if lost:
                raise Failure(f"acknowledged to {officer.member} and lost: {sorted(lost)}")
            if not officer.acknowledged:
                raise Failure(f"nothing was acknowledged to {officer.member}: nothing was tested")
        return took


def check_ledgers(network, members=None):
    """All ledgers are byte-identical, hold no record twice, and pass the audit. The record ids.

    A ledger may grow while it is exported, beside a liar above all: then it is exported again.
    """
    members = members or network.members
    for _ in range(EXPORTS_MAX):
        archives = export(network, members)
        ledgers = {m: entries(a) for m, a in archives.items()}
        shortest = min(len(ledger) for ledger in ledgers.values())
        first = ledgers[members[0]]
        differ = [m for m in members if ledgers[m][:shortest] != first[:shortest]]
        if differ:
            raise Failure(f"the ledgers of {differ} differ from that of {members[0]}")
        if all(len(ledger) == shortest for ledger in ledgers.values()):
            break
    else:
        raise Failure(f"ledgers of {[len(ledger) for ledger in ledgers.values()]} entries")
    for m, archive in archives.items():
        if merkle_root(first) != checkpoint_root(archive):
            raise Failure(f"the root of {m} is not that of the entries")
    held = [r for r in map(record_id, first) if r]
    if len(held) != len(set(held)):
        raise Failure("a record stands on the ledger twice")
    parley("audit", archives[members[0]], "--charter", network.charter)
    return set(held)


def export(network, members):
    """An archive of each member's ledger, by member."""
    number = len(list(network.folder.glob("archive-*")))
    out = {m: network.folder / f"archive-{number}-{m}" for m in members}
    for m, archive in out.items():
        network.run(m, "export", "--out", archive)
    return out


def final_within(network, member, seconds, what):
    """A record of this member becomes final; fails after `seconds`. Returns the time it took.

    The node may still be starting: that counts, too.
    """
    began = time.monotonic()
    wait_until(lambda: network.status(member), f"{member} to answer {what}", seconds)
    result = parley("report", *FACTS, "--place", "Bridge", "--narrative", f"Written {what}.",
                    "--timeout", f"{seconds}s", "--json", "--profile",
                    network.profile(member, WRITER),
                    timeout=seconds + 30, ok=False)
    took = time.monotonic() - began
    if result.code != 0 or result.json()["state"] != "final":
        raise Failure(f"{member}'s record is not final after {took:.1f} s, {what}: {result}")
    return took


def nobody_accused(network, members=None):
    """No node that runs honestly holds a proof against anyone, or has raised an alarm."""
    for m in members or network.members:
        status = network.status(m)
        if (status is None or status["evidence_count"] or status["alarms"] or
                status.get("proven")):
            raise Failure(f"{m}: {status}")


def say(scenario, **figures):
    """One line per scenario; figures in seconds are rounded."""
    words = [f"{k.replace('_', ' ')} {v:.1f}" if isinstance(v, float) else
             f"{k.replace('_', ' ')} {v}" for k, v in figures.items()]
    print(f"{scenario}: {', '.join(words)}", flush=True)


def run_scenarios(scenarios, names, *args):
    """Those with these names, or all, in their order; says how long each took."""
    unknown = set(names) - {s.__name__ for s in scenarios}
    if unknown:
        raise Failure(f"no such scenario: {sorted(unknown)}")
    for scenario in scenarios:
        if names and scenario.__name__ not in names:
            continue
        began = time.monotonic()
        scenario(*args)
        say(scenario.__name__, took=time.monotonic() - began)
