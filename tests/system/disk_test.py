"""Disks that fill up, die under a running node, or are mounted read-only.

The node stops with exit code 4 (or does not start) and says why; the others go on; once the disk is
good again it comes back and holds everything that it ever acknowledged. Needs the right to mount.

disk_test.py [SCENARIO...]
"""

import fcntl
import os
import pathlib
import re
import struct
import subprocess
import sys
import time

from load import Load, accord, final_within, nobody_accused, run_scenarios, say
from network import Failure, run_test, wait_until

DISK_BYTES = 64 << 20
EXT4_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN: from now on every access fails
NO_LOG_FLUSH = struct.pack("I", 2)
STOPS_MAX = 60  # seconds
FINAL_MAX = 60
SKIPPED = 77  # the exit code that ctest shows as "skipped"


class Disk:
    """An ext4 file system in a file, mounted on a folder."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        with open(image, "wb") as out:
            out.truncate(DISK_BYTES)
        run("mkfs.ext4", "-q", "-m", "0", image)
        folder.mkdir(mode=0o700, exist_ok=True)
        self.mounted = False

    def mount(self, *options):
        run("mount", "-o", ",".join(("loop", *options)), self.image, self.folder)
        self.mounted = True
        if "ro" not in options:
            self.folder.chmod(0o700)

    def unmount(self):
        if self.mounted:
            # The system may look at the mount for a moment longer than the node.
            wait_until(lambda: run("umount", self.folder, ok=False), f"umount {self.folder}", 20)
            self.mounted = False

    def die(self):
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(handle)

    def fill(self):
        """Until not one byte more fits."""
        with open(self.folder / "filler", "ab", buffering=0) as out:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        out.write(b"x" * size)
                except OSError:
                    pass

    def make_space(self):
        (self.folder / "filler").unlink()


def run(*args, ok=True):
    """Whether it worked; with ok it must."""
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, check=False)
    if ok and done.returncode != 0:
        raise OSError(f"{' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.returncode == 0


def wait_stopped(network, member):
    """Its exit code, once it has stopped by itself, and what it said last."""
    process = network.processes[member]
    wait_until(lambda: process.poll() is not None, f"{member} to stop", STOPS_MAX)
    code = network.kill(member)
    text = (network.folder / f"{member}.log").read_text(errors="replace")
    said = re.findall(r"event=(?:replica\.stopped|node\.cannot_start|node\.failed) (.*)", text)
    if code != 4 or not said:
        raise Failure(f"{member} ended with {code} and said {said}")
    return said[-1]


def reason(said):
    """The last words of what a node said: the system's own."""
    return said.rstrip('"').rsplit(": ", 1)[-1]


def full_disk(network, disk, member, other):
    with Load(network) as load:
        load.wait_more(3)
        disk.fill()
        said = wait_stopped(network, member)
        if "No space left" not in said:
            raise Failure(f"{member} does not say that its disk is full: {said}")
        slowest = final_within(network, other, FINAL_MAX, "with one full disk")
        network.start(member)  # still full
        said_again = wait_stopped(network, member)
        disk.make_space()
        began = time.monotonic()
        network.start(member)
        network.wait_ready()
        back = time.monotonic() - began
    level = load.check()
    nobody_accused(network)
    say("full disk", slowest_final=slowest, back_after=back, level_after=level, said=reason(said))
    say("started on the full disk", said=reason(said_again))


def good_again(network, disk, member):
    disk.unmount()
    disk.mount()
    network.start(member)
    network.wait_ready()


def dead_disk(network, disk, member, other):
    with Load(network) as load:
        load.wait_more(3)
        disk.die()
        said = wait_stopped(network, member)
        slowest = final_within(network, other, FINAL_MAX, "with one dead disk")
        good_again(network, disk, member)
    level = load.check()
    nobody_accused(network)
    say("dead disk", slowest_final=slowest, level_after=level, said=reason(said))


def read_only_disk(network, disk, member, other):
    with Load(network) as load:
        load.wait_more(2)
        network.kill(member)
        disk.unmount()
        disk.mount("ro")
        network.start(member)
        said = wait_stopped(network, member)
        slowest = final_within(network, other, FINAL_MAX, "with one read-only disk")
        good_again(network, disk, member)
    level = load.check()
    nobody_accused(network)
    say("read-only disk", slowest_final=slowest, level_after=level, said=reason(said))


def body(network):
    member, other = network.members[0], network.members[-1]
    disk = Disk(pathlib.Path(f"{network.folder}.disk"), network.data(member))
    try:
        try:
            disk.mount()
        except OSError as error:
            print(f"skipped: no right to mount a file system here ({error})", flush=True)
            sys.exit(SKIPPED)
        network.start()
        network.wait_ready()
        run_scenarios((full_disk, dead_disk, read_only_disk), sys.argv[1:], network, disk, member,
                      other)
        network.stop()
    finally:
        if member in network.processes:
            network.kill(member)
        disk.unmount()
        disk.image.unlink()


run_test(body, accord(4))
