"""Charters that follow others, by the real ceremony."""

from network import parley, wait_until


def epoch_is(network, members, epoch):
    for m in members:
        wait_until(lambda m=m: (network.status(m) or {}).get("epoch") == epoch,
                   f"{m} to be in epoch {epoch}", 60, every=0.2)


def signed(network, text, current, signers, name):
    """The note of a new charter with these members' root signatures."""
    lines = []
    for m in signers:
        out = network.folder / f"{name}.{m}.note"
        parley("charter", "sign", text, "--current", current, "--key",
               network.folder / m / "root.key", "--member", m, "--passphrase-file",
               network.passphrase, "--yes", "--out", out)
        lines += ["--signature", out]
    note = network.folder / f"{name}.note"
    parley("charter", "assemble", text, "--current", current, *lines, "--out", note)
    return note
