"""A disk is lost and its node comes back from a backup: it holds the ledger again, follows, and never
votes with the key it had. Backups are written while the node runs and while it does not.
"""

import shutil
import signal
import subprocess

from network import BIN, Failure, Network, parley, run_test, wait_until

FACTS = ("--event-type", "IED", "--from", "2026-03-03T22:10+04:30", "--to",
         "2026-03-03T22:10+04:30", "--alleged", "unknown", "--narrative", "A device was found.")


def report(network, member, place):
    return network.run(member, "report", *FACTS, "--place", place)


def parleyd(*args, code=0):
    run = subprocess.run([BIN / "parleyd", *map(str, args)], capture_output=True, text=True,
                         timeout=60, check=False)
    if run.returncode != code:
        raise Failure(f"parleyd {args}: exit {run.returncode}, wanted {code}\n{run.stdout}{run.stderr}")
    return run.stdout + run.stderr


def body(network):
    network.start()
    network.wait_ready()
    conf = network.folder / "north" / "parleyd.conf"
    for place in ("one", "two"):
        report(network, "north", place)
    network.wait_level()

    online = network.folder / "online"
    parleyd("backup", "--config", conf, "--out", online)
    refused = parleyd("backup", "--config", conf, "--out", online, code=2)
    if "exists" not in refused:
        raise Failure(refused)
    parleyd("backup", "--config", conf, "--out", "/proc/none/backup", code=3)
    parley("audit", online, "--charter", network.charter)
    if "exists" not in parleyd("restore", "--config", conf, "--from", online, code=2):
        raise Failure("restore over a database that is there")
    report(network, "south", "after the backup")
    network.wait_level()

    network.kill("north", signal.SIGTERM)
    parleyd("backup", "--config", conf, "--out", network.folder / "offline")
    parley("audit", network.folder / "offline", "--charter", network.charter)

    # The whole disk is lost, with the count of starts beside the database.
    shutil.rmtree(network.data("north"))
    parleyd("backup", "--config", conf, "--out", network.folder / "none", code=2)
    other = network.folder / "south" / "parleyd.conf"
    network.kill("south", signal.SIGTERM)
    shutil.move(network.data("south"), network.folder / "kept")
    wrong = parleyd("restore", "--config", other, "--from", online, code=2)
    if "member north" not in wrong or (network.data("south") / "db").exists():
        raise Failure(wrong)
    shutil.rmtree(network.data("south"), ignore_errors=True)
    shutil.move(network.folder / "kept", network.data("south"))
    network.start("south")

    damaged = network.folder / "damaged"
    shutil.copytree(online, damaged)
    table = max(damaged.glob("*.sst"), key=lambda f: f.stat().st_size)
    bytes_ = bytearray(table.read_bytes())
    bytes_[10] ^= 1
    table.write_bytes(bytes_)
    parleyd("restore", "--config", conf, "--from", damaged, code=4)
    if (network.data("north") / "db").exists():
        raise Failure("a damaged backup was put in place")

    parleyd("restore", "--config", conf, "--from", online)
    network.start("north")
    network.wait_ready()
    wait_until(lambda: "voted" in str(network.status("north")["alarms"])
               or "votes" in str(network.status("north")["alarms"]),
               f"north to say that it does not vote: {network.status('north')}", 30)
    report(network, "north", "three of four go on")
    network.wait_level()
    network.kill("north", signal.SIGTERM)
    network.start("north")
    network.wait_ready()
    if "votes" not in str(network.status("north")["alarms"]):
        raise Failure("after another start north must still not vote")

    # The way back: a new node key, by the member's root key alone.
    network.run("north", "key", "rotate", "--root-key", network.folder / "north" / "root.key",
                "--purpose", "node", "--new-key", network.folder / "north" / "node-2.key",
                "--passphrase-file", network.passphrase)
    network.kill("north", signal.SIGTERM)
    network.configure("north", 'node_key: "node-2.key"')
    network.start("north")
    network.wait_ready()
    wait_until(lambda: network.status("north")["waiting_for"] == "", "north to vote again", 30)
    report(network, "north", "with a new key")
    network.kill("harbour", signal.SIGTERM)
    report(network, "north", "north's vote is needed now")
    network.stop()


run_test(body, Network(["north", "south"], ["lake", "harbour"]))
