"""A node that was away, or lost everything, gets the ledger from whoever is honest.

Away: one member is stopped while the others write thousands of entries; it returns under load. One
of its peers votes as it should and says that it is a million heights ahead or in a later epoch; asked
for blocks it says nothing at all, or sends garbage. Wiped: a node without its database follows from
genesis with one other node running, each in turn, and then one honest one beside the liar.

catchup_test.py ENTRIES [SCENARIO...]     how many are written while the member is away
"""

import re
import shutil
import sys
import threading
import time

from load import Load, accord, check_ledgers, final_within, nobody_accused, run_scenarios, say
from network import BIN, Failure, parley, run_test, wait_until

ENTRIES = int(sys.argv[1])
BENCH_MAX = 10_000  # records of one run of parley bench
RECORD_BYTES = 512
# A view whose leader is away lasts a second: what is written in that time is what waits.
IN_FLIGHT = min(6_000, ENTRIES // 5)
AWAY_BLOCKS = 20  # more than the eight that are not fetched as a range
# Seconds. What a stalling peer may cost is 5 s once, and no minute; the rest is work.
CAUGHT_UP_MAX = 40 + ENTRIES / 200
FINAL_MAX = 60
TRIES = 5
WRITER = "carol"  # writes in bulk


def write(network, members, count, in_flight):
    """Bulk records of these members; returns how many a second became final."""
    began, left = time.monotonic(), count
    profiles = [x for m in members for x in ("--profile", network.profile(m, WRITER))]
    while left > 0:
        part = min(left, BENCH_MAX)
        parley("bench", "--records", part, "--concurrency", in_flight, "--size", RECORD_BYTES,
               "--timeout", "120s", *profiles, timeout=900)
        left -= part
    return count / (time.monotonic() - began)


class Bulk(threading.Thread):
    """A steady load of bulk records from `with` to its end."""

    def __init__(self, network, member):
        super().__init__(name=f"bulk of {member}")
        self.network, self.member = network, member
        self.ended = threading.Event()
        self.records, self.seconds, self.problem = 0, 0.0, None

    def run(self):
        began = time.monotonic()
        try:
            while not self.ended.is_set():
                write(self.network, [self.member], 200, 16)
                self.records += 200
        except Exception as error:  # raised by the main thread
            self.problem = error
        self.seconds = time.monotonic() - began

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def per_second(self):
        if self.problem:
            raise self.problem
        return self.records / self.seconds


def log_lines(network, member, event):
    text = (network.folder / f"{member}.log").read_text(errors="replace")
    return [line for line in text.splitlines() if f"event={event} " in line]


def start_liar(network, liar, lies):
    """(Re)starts the liar with these lies; until the others see it."""
    if liar in network.processes:
        network.kill(liar)
    program = network.folder / f"liar-{lies}.sh"
    program.write_text(f'#!/bin/sh\nexec "{BIN}/parleyd-byzantine" --hinder {lies} "$@"\n')
    program.chmod(0o700)
    network.programs[liar] = program
    network.start(liar)
    network.wait_ready()


def follow_return(network, away, other):
    """Looks at the returning node's status until it holds what `other` had at the start.

    Returns how long that took, what the status said about it on the way, and once in words.
    """
    began = time.monotonic()
    goal = network.status(other)["size"]
    seen, words = [], []

    def is_back():
        status = network.status(away)
        if status is None:
            return False
        if "catch_up" in status:
            seen.append(status)
            if len(seen) == 2:
                words.append(parley("status", "--profile", network.profile(away)).out)
        return status["size"] >= goal and "catch_up" not in status

    wait_until(is_back, f"{away} to hold {goal} entries", CAUGHT_UP_MAX, every=0.1)
    return time.monotonic() - began, seen, "".join(words)


def check_progress(network, away, other, seen, words, stalled_by):
    """The status told the truth about catching up: what is certified, never what a liar claims."""
    real = network.status(other)["height"]
    for status in seen:
        said = status["catch_up"]
        if said["certified_height"] > real or said["certified_height"] < status["height"]:
            raise Failure(f"{away} believes in height {said['certified_height']}: {status}")
    # Without a stall it may be over between two looks.
    if stalled_by and not any(s["catch_up"]["blocks_left"] > 0 and
                              s["catch_up"]["from"] == stalled_by for s in seen):
        raise Failure(f"{away} never said what is left and that it asks {stalled_by}: {seen}")
    if stalled_by and not re.search(r"^catches up +\d+ blocks left: height \d+ of \d+; ", words,
                                    re.MULTILINE):
        raise Failure(f"{away} does not say so in words: {words}")


class Absence:
    """The last member is stopped, misses ENTRIES entries, and returns while all others write on."""

    def __init__(self, network, liar, others, away):
        network.kill(away)
        self.before = network.status(others[0])
        self.rate = write(network, [liar, *others], ENTRIES, IN_FLIGHT)
        asked = len(log_lines(network, liar, "lie.blocks"))
        ends = len(log_lines(network, away, "catchup.end"))
        with Load(network, others) as self.load, Bulk(network, others[0]) as self.bulk:
            self.load.wait_more(1)
            wait_until(lambda: network.status(others[0])["height"] >=
                       self.before["height"] + AWAY_BLOCKS,
                       f"{AWAY_BLOCKS} blocks with {away} away", FINAL_MAX)
            network.start(away)
            self.took, self.seen, self.words = follow_return(network, away, others[0])
            self.load.wait_more(1)
        self.ended = log_lines(network, away, "catchup.end")[ends:]
        if not self.ended or len(log_lines(network, away, "catchup.begin")) <= ends:
            raise Failure(f"the log of {away} says nothing about catching up")
        self.liar_was_asked = len(log_lines(network, liar, "lie.blocks")) > asked


def come_back(network, lies):
    liar, *others, away = network.everyone
    network.members = [*others, away]
    start_liar(network, liar, lies)
    # Whoever connects first is asked first: not always the liar.
    absences = [Absence(network, liar, others, away)]
    while not absences[-1].liar_was_asked:
        if len(absences) == TRIES:
            raise Failure(f"{away} never asked the liar: nothing was tested")
        absences.append(Absence(network, liar, others, away))
    last = absences[-1]
    check_progress(network, away, others[0], last.seen, last.words,
                   liar if lies == "stall" else None)
    final_within(network, away, FINAL_MAX, "after it was away")
    level = max(absence.load.check() for absence in absences)
    nobody_accused(network)
    if not network.status(away)["voting"]:
        raise Failure(f"{away} was talked out of voting: {network.status(away)}")
    missed = network.status(others[0])["size"] - last.before["size"]
    blocks, entries = (int(re.search(rf" {x}=(\d+)", last.ended[0])[1])
                       for x in ("blocks", "entries"))
    say(f"away, a peer that would {lies}", entries_missed=missed, written_per_second=last.rate,
        back_after=last.took, fetched_blocks=blocks, fetched_entries=entries,
        load_per_second=last.bulk.per_second(), statuses_on_the_way=len(last.seen),
        level_after=level, megabytes=megabytes(network, away))


def megabytes(network, member):
    """Of all envelopes and entries on the ledger, as the archive holds them."""
    newest = max(network.folder.glob(f"archive-*-{member}"), key=lambda p: p.stat().st_mtime)
    return sum(f.stat().st_size for f in newest.rglob("*") if f.is_file()) / 1e6


def away_stall(network):
    come_back(network, "stall")


def away_garbage(network):
    come_back(network, "garbage")


def wipe_and_follow(network, victim, peers, want):
    """The victim starts from nothing with these peers only; returns how long it took."""
    shutil.rmtree(network.data(victim) / "db")
    network.start(*peers, victim)
    began = time.monotonic()
    wait_until(lambda: (network.status(victim) or {}).get("root") == want["root"],
               f"{victim} to get everything from {peers}", CAUGHT_UP_MAX)
    took = time.monotonic() - began
    status = network.status(victim)
    if status["size"] != want["size"]:
        raise Failure(f"{status['size']} entries and not {want['size']}")
    if status["voting"] or not any("forgotten" in alarm for alarm in status["alarms"]):
        raise Failure(f"{victim} has lost its votes and votes on: {status}")
    for member in (victim, *peers):
        network.kill(member)
    return took


def wiped(network):
    """From each single peer, the former liar too, which is honest now; then beside the liar."""
    victim, others = network.everyone[-1], network.everyone[:-1]
    network.kill_all()
    liar = others[0]
    lies = network.programs.pop(liar, None)
    network.members = list(network.everyone)
    network.start()
    network.wait_ready()
    want = network.wait_level()
    if want["size"] < ENTRIES:
        raise Failure(f"a ledger of {want['size']} entries: nothing was tested")
    network.kill_all()
    took = {peer: wipe_and_follow(network, victim, [peer], want) for peer in others}
    if lies:
        network.programs[liar] = lies
        took["beside the liar"] = wipe_and_follow(network, victim, [liar, others[1]], want)
        network.programs.pop(liar)
    network.start()
    network.wait_ready()
    final_within(network, others[0], FINAL_MAX, "with a wiped node")
    network.wait_level()
    check_ledgers(network)
    nobody_accused(network, others)
    say("wiped", entries=want["size"], **{f"from_{k}": v for k, v in took.items()})


def body(network):
    network.everyone = list(network.members)
    network.start()
    network.wait_ready()
    run_scenarios((away_stall, away_garbage, wiped), sys.argv[2:], network)
    for liar in set(network.programs) & set(network.processes):
        network.kill(liar)  # it may be in the middle of a silence
    network.stop()


run_test(body, accord(4, officers=(WRITER,)))
