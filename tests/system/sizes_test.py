"""Accords of two, five and seven members: they start, agree, survive f silent members and audit."""

import sys

from network import Network, parley, run_test

PARTIES = ["amber", "basalt", "cedar", "delta"]
MEDIATORS = ["elm", "fjord", "grove"]


def body(network):
    network.start()
    network.wait_ready()
    members = network.members
    for number, member in enumerate(members):
        network.run(member, "report", "--event-type", "IED", "--from", "2026-03-03T22:10+04:30",
                    "--to", "2026-03-03T22:10+04:30", "--place", f"پل {number}", "--alleged",
                    "unknown", "--narrative", "Şüpheli cisim bulundu.")
    silent = members[:(len(members) - 1) // 3]
    for member in silent:
        network.kill(member)
    alive = [m for m in members if m not in silent]
    network.run(alive[0], "report", "--event-type", "IED", "--from", "2026-03-03T22:10Z", "--to",
                "2026-03-03T22:10Z", "--place", "Bridge", "--alleged", "unknown", "--narrative",
                "With the others silent.")
    if silent:
        network.start(*silent)
    network.wait_ready()
    network.wait_level()
    network.run(members[-1], "export", "--out", network.folder / "archive")
    parley("audit", network.folder / "archive", "--charter", network.charter)
    network.stop()


count = int(sys.argv[1])
parties = {2: 1, 5: 3, 7: 4}[count]
run_test(body, Network(PARTIES[:parties], MEDIATORS[:count - parties]))
