"""One contested case through four real nodes: two accounts, a lapse, a verdict, a second quorum.

Also what every kind of user is refused.
"""

import re

from network import Failure, Network, parley, run_test, wait_until

FACTS = ("--event-type", "FIRE_INDIRECT", "--from", "2026-03-03T22:10+05:00", "--to",
         "2026-03-03T22:50+05:00", "--place", "Ridge 14", "--narrative", "Eleven rounds.")


def state_of(network, member, case):
    return network.run(member, "case", "show", case)["state"]


def check_words(network, case, opener):
    """What people read: names as members chose them, and why an endorsement makes no sense."""
    names = network.run("south", "case", "show", case)["display_names"]
    if set(names) != {"north", "south"} or not all(names.values()):
        raise Failure(f"display names of the parties: {names}")
    shown = parley("case", "show", case, "--profile", network.profile("south")).out
    if any(name not in shown for name in names.values()):
        raise Failure(f"the display names are not shown:\n{shown}")
    # A record that opened its case does not say which: the ledger does.
    refused = parley("endorse", "--record", opener, "--profile", network.profile("lake"), ok=False)
    if refused.code != 2 or case not in refused.err:
        raise Failure(f"the case of the record was not found: {refused}")


def check_blocked_outbox(network):
    """A refused record in front of others: the way out is named, and it works."""
    profile = ("--profile", network.profile("south"))
    parley("report", *FACTS, "--case", "2020-0001", "--offline", *profile)
    parley("report", *FACTS, "--offline", *profile)
    refused = parley("outbox", "send", *profile, code=2)
    number = re.search(r"outbox drop --from (\d+)", refused.err)
    if number is None:
        raise Failure(f"nothing says how to go on: {refused}")
    parley("outbox", "drop", "--from", number[1], "--yes", *profile)
    if network.run("south", "outbox", "list")["records"]:
        raise Failure("the outbox should be empty")


def check_intake(network, file, sent):
    """What north's node has signed convinces a stranger, and no other file does."""
    said = parley("receipt", "intake", file, "--charter", network.charter, "--json").json()
    if said["record_id"] != sent["record_id"] or said["member"] != "north":
        raise Failure(f"the receipt of another record: {said}")
    if bytes.fromhex(sent["intake_receipt"]) != file.read_bytes():
        raise Failure("the file is not the receipt")
    parley("receipt", "intake", "-", "--charter", network.charter, stdin=sent["intake_receipt"])
    edited = bytearray(file.read_bytes())
    edited[-1] ^= 1
    forged = network.folder / "forged.intake"
    forged.write_bytes(edited)
    parley("receipt", "intake", forged, "--charter", network.charter, code=1)
    parley("receipt", "intake", network.charter, "--charter", network.charter, code=2)


def body(network):
    network.start()
    network.wait_ready()
    check_blocked_outbox(network)
    run = network.run

    intake = network.folder / "first.intake"
    first = run("north", "report", *FACTS, "--alleged", "south", "--intake", intake)
    check_intake(network, intake, first)
    case = first["case_id"]
    run("south", "report", "--case", case, *FACTS, "--alleged", "north")

    # Acts out of turn are refused and say what would be legal.
    for member, args in (
            ("north", ("screen", "--case", case, "--decision", "ADMIT")),
            ("lake", ("respond", "--case", case, "--answer", "DENY", "--account", "No.")),
            ("lake", ("case", "close", "--case", case, "--reason", "Early."))):
        refused = parley(*args, "--profile", network.profile(member), "--json", ok=False)
        if refused.code == 0 or "message" not in refused.json()["error"]:
            raise Failure(f"was not refused: {refused}")

    run("lake", "screen", "--case", case, "--decision", "ADMIT", "--reason", "In the area.")
    run("north", "respond", "--case", case, "--answer", "DENY", "--account", "No fire left our post.")
    wait_until(lambda: state_of(network, "lake", case) == "ANSWERED", "south's lapse", 30)

    draft = run("lake", "verdict", "propose", "--case", case, "--fact", "ESTABLISHED",
                "--determination", "VIOLATION", "--severity", "SERIOUS", "--attribution",
                "south:OWN_FORCES", "--standard", "REASONABLE_GROUNDS", "--reasons", "Marks agree.")
    if state_of(network, "south", case) != "DRAFTED":
        raise Failure("one mediator alone must not decide")
    run("south", "endorse", "--case", case, "--record", draft["record_id"], "--choice", "DISSENT",
        "--reasons", "We do not accept this.")
    if state_of(network, "south", case) != "DRAFTED":
        raise Failure("a party's dissent is recorded, and is no veto")
    run("harbour", "endorse", "--case", case, "--record", draft["record_id"], "--choice", "APPROVE")
    if state_of(network, "north", case) not in ("DECIDED", "FINAL"):
        raise Failure("both mediators approved")
    check_words(network, case, first["record_id"])
    wait_until(lambda: state_of(network, "north", case) == "FINAL", "the appeal window", 30)
    close = run("lake", "case", "close", "--case", case, "--reason", "No appeal was made.")
    run("harbour", "endorse", "--case", case, "--record", close["record_id"], "--choice", "APPROVE")
    if state_of(network, "south", case) != "CLOSED":
        raise Failure("the case should be closed")

    timeline = parley("case", "timeline", case, "--profile", network.profile("south")).out
    for words in ("Lapse: RESPOND by south", "APPEAL_WINDOW closed"):
        if words not in timeline:
            raise Failure(f"'{words}' is missing:\n{timeline}")

    network.wait_level()
    proof = network.folder / "verdict.tlog-proof"
    entry = network.folder / "verdict.entry"
    run("south", "receipt", "get", "--record", draft["record_id"], "--out", proof, "--entry-out",
        entry)
    parley("receipt", "verify", proof, "--entry", entry, "--charter", network.charter)
    edited = bytearray(entry.read_bytes())
    edited[-1] ^= 1
    entry.write_bytes(edited)
    parley("receipt", "verify", proof, "--entry", entry, "--charter", network.charter, code=1)

    for member in network.members:
        report = parley("audit", "--node", f"127.0.0.1:{network.ports[member]}", "--profile",
                        network.profile("north"), "--node-member", member, "--charter",
                        network.charter, "--json").json()
        if report["problems"]:
            raise Failure(f"audit of {member}: {report}")
    network.stop()


run_test(body, Network(["north", "south"], ["lake", "harbour"],
                       deadlines=("respond=4s", "appeal=4s"),
                       charter_flags=("--allow-verdict-without-verification",)))
