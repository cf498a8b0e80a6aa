"""Charters change while the ledger goes on: a node key is rotated, a member joins from genesis, one
leaves, and deadlines change. Four, then five, then four nodes; all honest ledgers equal at the end.
"""

from charters import epoch_is, signed
from network import Failure, Network, parley, run_test, wait_until

FACTS = ("--event-type", "IED", "--from", "2026-03-03T22:10+04:30", "--to",
         "2026-03-03T22:10+04:30", "--alleged", "unknown", "--narrative", "A device was found.")


def report(network, member, place):
    return network.run(member, "report", *FACTS, "--place", place)


def body(network):
    network.start()
    network.wait_ready()
    report(network, "north", "before")

    # The node key of north is replaced by its root key alone; the node then needs the new file.
    new_key = network.folder / "north" / "node-2.key"
    rotated = network.run("north", "key", "rotate", "--root-key",
                          network.folder / "north" / "root.key", "--purpose", "node", "--new-key",
                          new_key, "--passphrase-file", network.passphrase)
    if rotated["charter_version"] != 2:
        raise Failure(rotated)
    epoch_is(network, network.members, 2)
    waiting = network.status("north")["waiting_for"]
    if "no such key file" not in waiting:
        raise Failure(f"north should say why it does not vote, says: {waiting}")
    report(network, "south", "three of four go on")
    network.kill("north")
    network.configure("north", 'node_key: "node-2.key"')
    network.start("north")
    network.wait_ready()
    wait_until(lambda: network.status("north")["waiting_for"] == "", "north to vote", 30)
    second = network.folder / "charter-2.note"
    network.run("north", "charter", "get", "--out", second)

    # East joins: all four and east itself sign.
    text = network.folder / "charter-3.txt"
    parley("charter", "amend", "--current", second, "--add", network.folder / "east/east.member",
           "--out", text)
    refused = parley("charter", "assemble", text, "--current", second, "--signature", second,
                     "--out", network.folder / "x.note", ok=False)
    if refused.code == 0:
        raise Failure("signatures of another text were taken")
    third = signed(network, text, second, ["harbour", "lake", "north", "south", "east"], "charter-3")
    adopted = network.run("lake", "charter", "propose", third)
    if not adopted["adopted"]:
        raise Failure(adopted)
    epoch_is(network, network.members, 3)
    network.join("east", [second, third])
    network.start("east")
    epoch_is(network, ["east"], 3)
    network.wait_ready()
    report(network, "east", "of the new member")
    network.wait_level()

    # Harbour leaves; its officers write no more, its node keeps what it has.
    text = network.folder / "charter-4.txt"
    parley("charter", "amend", "--current", third, "--remove", "harbour", "--deadline",
           "respond=24h", "--out", text)
    fourth = signed(network, text, third, ["harbour", "lake", "north", "south", "east"], "charter-4")
    network.run("harbour", "charter", "propose", fourth)
    stay = ["east", "lake", "north", "south"]
    epoch_is(network, stay, 4)
    wait_until(lambda: "not a member any more" in network.status("harbour")["waiting_for"],
               "harbour's node to know that it has left", 30)
    late = parley("report", *FACTS, "--place", "late", "--profile", network.profile("harbour"),
                  "--json", ok=False)
    if late.code == 0:
        raise Failure("an officer of a former member could write")
    report(network, "north", "after")
    network.kill("harbour")
    network.members.remove("harbour")
    network.wait_level()

    archive = network.folder / "archive"
    network.run("east", "export", "--out", archive)
    report_ = parley("audit", archive, "--charter", network.charter, "--json").json()
    if report_["problems"]:
        raise Failure(report_)
    for number, note in ((2, second), (3, third), (4, fourth)):
        held = (archive / "charters" / f"{number}.note").read_bytes()
        if held.split(b"\n\n")[0] != note.read_bytes().split(b"\n\n")[0]:
            raise Failure(f"charter {number} in the archive is another text")
    chain = [archive / "charters" / f"{n}.note" for n in (1, 2, 3, 4)]
    parley("charter", "verify", *chain)
    parley("charter", "verify", *chain[:1], chain[2], code=2)
    (archive / "charters" / "3.note").unlink()
    parley("audit", archive, "--charter", network.charter, code=1)
    network.stop()


run_test(body, Network(["north", "south"], ["lake", "harbour"], later=("east",)))
