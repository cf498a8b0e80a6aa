"""A whole accord of real processes on loopback, for the system tests.

Makes the members' keys and the charter by the real ceremony, starts one parleyd for each member,
and runs parley for their officers. Nothing here sleeps in place of waiting: every wait has a
condition and a bound. Only processes started here are ever signalled.
"""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from proxy import Mesh

BIN = pathlib.Path(os.environ["PARLEY_BIN"])
ORIGIN = "parley.example/system-test"


_port_locks = []  # held until this process ends


class Failure(AssertionError):
    """What a test reports: the command, its exit code and what it said."""


def wait_until(condition, what, seconds=60, every=0.05):
    """Returns condition()'s first true value; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"timed out after {seconds} s: {what}")
        time.sleep(every)


def free_ports(count):
    """Ports that nobody else takes while this process lives, all different.

    They lie below those that the kernel gives to outgoing connections, in blocks of 64, and a test
    holds the lock of its block: tests run beside each other.
    """
    for block in range(10_240, 32_768 - 64, 64):
        try:
            lock = open(pathlib.Path(tempfile.gettempdir()) / f"parley-ports-{block}.lock", "ab")
        except PermissionError:  # another user's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        ports = [p for p in range(block, block + 64) if is_free(p)][:count]
        if len(ports) == count:
            _port_locks.append(lock)
            return ports
        lock.close()
    raise Failure(f"no block of ports has {count} that are free")


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: not TIME_WAIT
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Result:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"parley {' '.join(map(str, self.args))}\nexit {self.code}\n{self.out}\n{self.err}"


def parley(*args, ok=True, code=None, stdin=None, timeout=120):
    """Runs parley; ok=True demands exit code 0, code=N demands N."""
    run = subprocess.run([BIN / "parley", *map(str, args)], input=stdin, capture_output=True,
                         text=True, timeout=timeout, check=False)
    result = Result(args, run.returncode, run.stdout, run.stderr)
    wanted = code if code is not None else (0 if ok else None)
    if wanted is not None and result.code != wanted:
        raise Failure(f"wanted exit code {wanted}\n{result}")
    return result


class Network:
    """parties and mediators are lists of member names; each member has the officers `officers`."""

    def __init__(self, parties, mediators, officers=("anna",), deadlines=(), charter_flags=(),
                 later=(), later_mediators=(), proxied=False):
        """later: members that the founding charter does not have; all others dial them as well.

        proxied: nodes reach each other through self.mesh, which can be broken.
        """
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-system-"))
        self.roles = {**{m: "PARTY" for m in parties}, **{m: "MEDIATOR" for m in mediators}}
        self.members = sorted(self.roles)
        self.later = [*later, *later_mediators]
        self.roles.update({m: "MEDIATOR" for m in later_mediators})
        everyone = self.members + self.later
        self.ports = dict(zip(everyone, free_ports(len(everyone))))
        self.mesh = Mesh(self.ports) if proxied else None
        self.programs = {}  # by member: what is run instead of parleyd
        self.environments = {}  # by member: variables added
        self.processes = {}
        self.logs = {}
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text("a passphrase for tests only\n")
        self.passphrase.chmod(0o600)
        self._ceremony(officers, deadlines, charter_flags)

    # -- ceremony ---------------------------------------------------------------------------------

    def _ceremony(self, officers, deadlines, charter_flags):
        for m in self.members + self.later:
            flags = [x for o in officers for x in ("--officer", o)]
            parley("key", "init", "--dir", self.folder / m, "--origin", ORIGIN, "--member", m,
                   "--role", self.roles.get(m, "PARTY"), "--display-name", f"Delegation {m}",
                   *flags, "--passphrase-file", self.passphrase, "--test-keys")
        text = self.folder / "charter.txt"
        members = [x for m in self.members for x in ("--member", self.folder / m / f"{m}.member")]
        limits = [x for d in deadlines for x in ("--deadline", d)]
        parley("charter", "new", "--origin", ORIGIN, "--title", "System test", *members, *limits,
               *charter_flags, "--out", text)
        signatures = []
        for m in self.members:
            out = self.folder / f"charter.{m}.note"
            parley("charter", "sign", text, "--key", self.folder / m / "root.key", "--member", m,
                   "--passphrase-file", self.passphrase, "--out", out, "--yes")
            signatures += ["--signature", out]
        self.charter = self.folder / "charter.note"
        parley("charter", "assemble", text, *signatures, "--out", self.charter)
        for m in self.members:
            peers = [x for p in self.members if p != m
                     for x in ("--peer", f"{p}={self.address(m, p)}")]
            parley("node", "config", "--dir", self.folder / m, "--charter", self.charter,
                   "--member", m, "--listen", f"127.0.0.1:{self.ports[m]}", *peers,
                   "--passphrase-file", self.passphrase)
            for p in self.later:
                self.configure(m, f'peers {{ member: "{p}" address: "{self.address(m, p)}" }}')

    def address(self, member, peer):
        """Where the member's node reaches the peer's."""
        port = self.mesh.ports[member, peer] if self.mesh else self.ports[peer]
        return f"127.0.0.1:{port}"

    def configure(self, member, line):
        """Adds a line to a node's configuration; it counts when the node starts next."""
        with open(self.folder / member / "parleyd.conf", "a", encoding="utf-8") as config:
            config.write(line + "\n")

    def join(self, member, later_notes, along=()):
        """The configuration of a member that joins, with the charters adopted so far.

        along: who joins by the same charter and has no configuration yet.
        """
        peers = [x for p in [*self.members, *along]
                 for x in ("--peer", f"{p}={self.address(member, p)}")]
        notes = [x for n in later_notes for x in ("--later-charter", n)]
        parley("node", "config", "--dir", self.folder / member, "--charter", self.charter, *notes,
               "--member", member, "--listen", f"127.0.0.1:{self.ports[member]}", *peers,
               "--passphrase-file", self.passphrase)
        self.members = sorted(self.members + [member])

    # -- processes --------------------------------------------------------------------------------

    def data(self, member):
        return self.folder / member / "data"

    def start(self, *members):
        for m in members or self.members:
            self.logs[m] = open(self.folder / f"{m}.log", "ab")
            self.processes[m] = subprocess.Popen(
                [self.programs.get(m, BIN / "parleyd"), "--config",
                 self.folder / m / "parleyd.conf"],
                stdout=self.logs[m], stderr=self.logs[m], stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environments.get(m, {})})

    def kill(self, member, how=signal.SIGKILL):
        process = self.processes.pop(member)
        process.send_signal(how)
        code = process.wait(timeout=60)
        self.logs.pop(member).close()
        return code

    def kill_all(self):
        """All at once: no node learns of the others' end before its own."""
        for process in self.processes.values():
            process.send_signal(signal.SIGKILL)
        for m in list(self.processes):
            self.kill(m)

    def stop(self):
        """Stops every node gracefully; each must exit with 0."""
        codes = {m: self.kill(m, signal.SIGTERM) for m in list(self.processes)}
        bad = {m: c for m, c in codes.items() if c != 0}
        if bad:
            raise Failure(f"nodes did not stop cleanly: {bad}\n{self.tail()}")

    def close(self):
        for m in list(self.processes):
            self.kill(m)
        if self.mesh:
            self.mesh.close()

    def tail(self, lines=15):
        out = []
        for m in self.members:
            path = self.folder / f"{m}.log"
            text = path.read_text(errors="replace").splitlines() if path.exists() else []
            out.append(f"--- {m}\n" + "\n".join(text[-lines:]))
        return "\n".join(out)

    # -- officers ---------------------------------------------------------------------------------

    def profile(self, member, officer="anna"):
        return self.folder / member / f"{officer}.profile"

    def run(self, member, *args, officer="anna", **kwargs):
        """parley as an officer; returns the JSON it printed."""
        result = parley(*args, "--profile", self.profile(member, officer), "--json", **kwargs)
        return result.json()

    def status(self, member):
        result = parley("status", "--profile", self.profile(member), "--json", ok=False)
        return result.json() if result.code == 0 else None

    def wait_ready(self, seconds=60):
        """Until every running node answers and sees the others that run."""
        want = len(self.processes) - 1
        for m in self.processes:
            wait_until(lambda m=m: self._connected(m) >= want, f"{m} to see {want} peers",
                       seconds, every=0.2)

    def _connected(self, member):
        status = self.status(member)
        return sum(1 for p in status["peers"] if p["connected"]) if status else -1

    def wait_level(self, seconds=120):
        """Until all members' nodes that run hold one size and root under one checkpoint."""

        def level():
            heads = [self.status(m) for m in self.processes if m in self.members]
            if any(h is None or h["pending_records"] for h in heads):
                return None
            keys = {(h["size"], h["root"], h["checkpoint_size"]) for h in heads}
            same = len(keys) == 1 and heads[0]["size"] == heads[0]["checkpoint_size"]
            return heads[0] if same else None

        return wait_until(level, f"all ledgers to be level\n{self.tail()}", seconds, every=0.3)


def run_test(body, network):
    """Runs body(network), prints the nodes' logs when it fails, and leaves nothing running.

    The folder is kept after a failure only.
    """
    good = False
    try:
        body(network)
        good = True
    except BaseException:
        print(network.tail(60), flush=True)
        print(f"kept for inspection: {network.folder}", flush=True)
        raise
    finally:
        network.close()
        if good:
            shutil.rmtree(network.folder)
