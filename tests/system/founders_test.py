"""All founders leave, one generation takes over, and then somebody joins: its node follows from genesis
although nobody who was a member of the first epochs is there any more.
"""

import shutil

from charters import epoch_is, signed
from load import FACTS, check_ledgers
from network import Network, parley, run_test, wait_until

FOUNDERS, SECOND = ["north", "valley"], ["harbour", "lake"]


def report(network, member, place):
    network.run(member, "report", *FACTS, "--place", place, "--narrative", f"Seen from {place}.")


def change(network, by, name, current, signers, *flags):
    """A charter that changes members, adopted; its note."""
    text = network.folder / f"{name}.txt"
    parley("charter", "amend", "--current", current, *flags, "--out", text)
    note = signed(network, text, current, signers, name)
    network.run(by, "charter", "propose", note)
    return note


def added(network, *members):
    return [x for m in members for x in ("--add", network.folder / m / f"{m}.member")]


def body(network):
    network.start()
    network.wait_ready()
    report(network, "north", "the first day")

    second = change(network, "north", "charter-2", network.charter, FOUNDERS + SECOND,
                    *added(network, *SECOND))
    epoch_is(network, FOUNDERS, 2)
    network.join("harbour", [second], along=["lake"])
    network.join("lake", [second])
    for m in SECOND:
        network.configure(m, f'peers {{ member: "east" address: "{network.address(m, "east")}" }}')
    network.start(*SECOND)
    epoch_is(network, SECOND, 2)
    report(network, "lake", "the second day")

    third = change(network, "lake", "charter-3", second, FOUNDERS + SECOND, "--remove", "north",
                   "--remove", "valley")
    epoch_is(network, SECOND, 3)
    for m in FOUNDERS:
        network.kill(m)
        network.members.remove(m)
    report(network, "harbour", "the third day")

    fourth = change(network, "lake", "charter-4", third, [*SECOND, "east"], *added(network, "east"))
    epoch_is(network, SECOND, 4)
    network.join("east", [second, third, fourth])
    network.start("east")
    epoch_is(network, ["east"], 4)
    report(network, "east", "the fourth day")
    network.wait_level()
    check_ledgers(network)

    # And once more, from nothing, by a member of the second generation.
    network.kill("harbour")
    shutil.rmtree(network.data("harbour") / "db")
    for number, note in ((3, third), (4, fourth)):
        shutil.copy(note, network.folder / "harbour" / f"later-{number}.note")
        network.configure("harbour", f'later_charters: "later-{number}.note"')
    want = network.status("lake")["root"]
    network.start("harbour")
    wait_until(lambda: (network.status("harbour") or {}).get("root") == want,
               "harbour to follow from genesis", 60)
    network.stop()


run_test(body, Network(FOUNDERS[:1], FOUNDERS[1:], later=("lake", "east"),
                       later_mediators=("harbour",)))
