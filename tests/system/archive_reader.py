"""Reads an archive's entries with nothing but the documented formats: shares no code with Parley.

Used by the system tests to compare ledgers byte by byte and to find records by their id.
"""

import base64
import hashlib
import pathlib


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """Yields (number, value) of a Protobuf message; value is an int or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {key & 7} is not used by Parley")
        yield key >> 3, value


def bundle_path(index):
    """'x001/x234/067' for bundle 1234067 (C2SP tlog-tiles)."""
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)


def checkpoint_root(archive):
    """The root in an archive's checkpoint."""
    return base64.b64decode((pathlib.Path(archive) / "checkpoint").read_text().split("\n")[2])


def entries(archive):
    """All entries of an archive directory, as bytes, up to its checkpoint's size."""
    folder = pathlib.Path(archive)
    size = int((folder / "checkpoint").read_text().split("\n")[1])
    out = []
    for bundle in range((size + 255) // 256):
        width = min(256, size - bundle * 256)
        name = bundle_path(bundle) + ("" if width == 256 else f".p/{width}")
        data = (folder / "tile" / "entries" / name).read_bytes()
        at = 0
        while at < len(data):
            length = int.from_bytes(data[at:at + 2], "big")
            out.append(data[at + 2:at + 2 + length])
            at += 2 + length
    assert len(out) == size, f"{len(out)} entries under a checkpoint of {size}"
    return out


def record_id(entry):
    """The record id of an entry in hex, or None for an event."""
    envelope = dict(fields(entry)).get(7)
    if envelope is None:
        return None
    payload = dict(fields(envelope))[1]
    kind = b"application/vnd.parley.record.v1"
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    return hashlib.sha256(pae).hexdigest()


def merkle_root(items):
    """RFC 6962 section 2.1, recursively, as plainly as can be."""
    if not items:
        return hashlib.sha256(b"").digest()
    if len(items) == 1:
        return hashlib.sha256(b"\0" + items[0]).digest()
    split = 1
    while split * 2 < len(items):
        split *= 2
    return hashlib.sha256(b"\1" + merkle_root(items[:split]) + merkle_root(items[split:])).digest()
