"""Reads a store or a self-contained file, written from docs/format.md alone, without any code of this project.

    read_store.py list <storage>                           the packages, oldest first
    read_store.py restore <storage> <package id> <target>  one of them, checked
    read_store.py check <storage> [<target>]               everything; restores all packages into <target>/<number>
    read_store.py bag <file>
    read_store.py stat-cache <file>

<storage> is a folder that holds `store.json`, `log/` and so on: the `storage` folder of an embedded store, or a copy of a
bucket. No database is needed. It prints what it has found as JSON, and fails at the first thing that is not as the document
says. It needs `blake3` and, before Python 3.14, `zstandard`.
"""

import hashlib
import io
import json
import pathlib
import struct
import sys
import tarfile

import blake3

try:
    from compression import zstd

    def unpack(frame: bytes) -> bytes:
        return zstd.decompress(frame)

except ImportError:
    import zstandard

    def unpack(frame: bytes) -> bytes:
        stream = zstandard.ZstdDecompressor().decompressobj()
        data = stream.decompress(frame)
        assert stream.eof and not stream.unused_data, "not one zstd frame"
        return data


def digest(data: bytes) -> bytes:
    return blake3.blake3(data).digest()


# Canonical CBOR


def head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def encode(value) -> bytes:
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    items = sorted((encode(key), encode(item)) for key, item in value.items())
    return head(5, len(items)) + b"".join(key + item for key, item in items)


def decode(data: bytes):
    """Refuses what is not canonical, by encoding it again."""
    stream = io.BytesIO(data)

    def item():
        first = stream.read(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return {20: False, 21: True, 22: None}[info]
        value = info if info < 24 else int.from_bytes(stream.read(1 << info - 24), "big")
        if major == 0:
            return value
        if major == 1:
            return -1 - value
        if major == 2:
            return stream.read(value)
        if major == 3:
            return stream.read(value).decode()
        if major == 4:
            return [item() for _ in range(value)]
        assert major == 5
        return {item(): item() for _ in range(value)}

    value = item()
    assert encode(value) == data, "the CBOR is not canonical"
    return value


def body(data: bytes, magic: bytes, newest: int) -> tuple[int, bytes]:
    """The version of what is stored, and what follows the magic."""
    letters, version, flags = struct.unpack_from("<4sHH", data)
    assert letters == magic and 1 <= version <= newest and flags == 0, (letters, version, flags)
    return version, data[8:]


def document(data: bytes, magic: bytes, newest: int, sized: int) -> bytes:
    """The raw bytes of a document. From the version `sized` on it names their number."""
    version, rest = body(data, magic, newest)
    if version < sized:
        return unpack(rest)
    (length,) = struct.unpack_from("<I", rest)
    raw = unpack(rest[4:])
    assert len(raw) == length
    return raw


# Packs and objects


def read_table(table: dict) -> dict:
    """What a pack holds, as its trailer and the log tell it."""
    assert set(table) - {"lists"} == {"frames", "contents"} and set(table["contents"]) == {"digests", "lengths"}
    for name, size, root in table.get("lists", []):
        assert len(name) == len(root) == 32 and size >= 0
    for codec, raw_length, stored_length in table["frames"]:
        assert codec in (0, 1) and 1 <= raw_length <= 16 << 20
        assert stored_length == raw_length if codec == 0 else stored_length <= raw_length
    digests, lengths = table["contents"]["digests"], table["contents"]["lengths"]
    assert len(digests) == 32 * len(lengths)
    assert sum(lengths) == sum(raw_length for _, raw_length, _ in table["frames"])
    return table


def split(table: dict) -> list[tuple[bytes, int, int]]:
    """Digest, offset in the raw bytes and length of each content."""
    contents, at = [], 0
    for i, length in enumerate(table["contents"]["lengths"]):
        contents.append((table["contents"]["digests"][32 * i : 32 * i + 32], at, length))
        at += length
    return contents


def read_trailer(data: bytes) -> dict:
    version, _ = body(data, b"ASPK", 2)
    trailer_digest, length, end = struct.unpack("<32sI4s", data[-40:])
    assert end == b"KPSA"
    trailer = data[-40 - length : -40]
    assert digest(trailer) == trailer_digest
    table = read_table(decode(trailer if version == 1 else document(trailer, b"ASTR", 2, 1)))
    stored = sum(stored_length for _, _, stored_length in table["frames"])
    assert 24 + stored == len(data) - 40 - length, "there are bytes between the frames and the trailer"
    return table


def read_pack(key: str, data: bytes) -> dict[bytes, bytes]:
    """Contents by digest."""
    table = read_trailer(data)
    at, raw = 24, b""
    for codec, raw_length, stored_length in table["frames"]:
        frame = data[at : at + stored_length]
        at += stored_length
        piece = frame if codec == 0 else unpack(frame)
        assert len(piece) == raw_length
        raw += piece
    contents = {}
    for name, offset, length in split(table):
        contents[name] = raw[offset : offset + length]
        assert digest(contents[name]) == name
    kind, folder, name = key.split("/")
    assert name.startswith(folder)
    if kind == "packs":
        assert digest(data).hex() == name
    else:
        assert kind == "objects" and len(contents) == 1 and next(iter(contents)).hex() == name.split("-")[0]
    return contents


# Contents in chunks


def read_node(node: bytes, level: int | None, length: int, is_last: bool) -> tuple[int, list[tuple[bytes, int]]]:
    """Its level and what it lists."""
    version, rest = body(node, b"ASLS", 1)
    table = decode(rest)
    assert set(table) == {"level", "digests", "lengths"} and len(node) <= 256 << 10
    digests, lengths = table["digests"], table["lengths"]
    assert table["level"] <= 6 and level in (None, table["level"])
    assert 1 <= len(lengths) <= 4096 and len(digests) == 32 * len(lengths) and sum(lengths) == length <= 1 << 40
    if table["level"] == 0:
        assert all(0 < size < 1 << 20 for size in lengths)
        assert all(size >= 4096 for size in (lengths[:-1] if is_last else lengths))
    return table["level"], [(digests[32 * i : 32 * i + 32], size) for i, size in enumerate(lengths)]


def parts_of(root: bytes, size: int, get) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, int]]]:
    """The chunks of a content in order, and the nodes that list them."""
    chunks, nodes = [], []

    def walk(name: bytes, level: int | None, length: int, is_last: bool) -> None:
        node = get(name)
        nodes.append((name, len(node)))
        level, items = read_node(node, level, length, is_last)
        if level == 0:
            chunks.extend(items)
            return
        for i, (below, part) in enumerate(items):
            walk(below, level - 1, part, is_last and i == len(items) - 1)

    walk(root, None, size, True)
    return chunks, nodes


def joined(root: bytes, size: int, get) -> bytes:
    chunks, _ = parts_of(root, size, get)
    pieces = [get(name) for name, _ in chunks]
    assert [len(piece) for piece in pieces] == [length for _, length in chunks]
    return b"".join(pieces)


# Manifests


def read_manifest(cbor: bytes) -> dict:
    manifest = decode(cbor)
    assert set(manifest) == {"manifest_version", "package", "files", "retention_summary", "provenance"}
    assert manifest["manifest_version"] == 1
    assert set(manifest["package"]) == {"id", "producer", "subject", "created_at", "metadata"}
    assert set(manifest["retention_summary"]) == {"retention_class", "expires_at"}
    paths = [entry["path"].encode() for entry in manifest["files"]]
    assert paths == sorted(set(paths))
    keys = {
        "file": {"path", "kind", "size", "executable", "blake3", "sha256"},
        "symlink": {"path", "kind", "target"},
        "directory": {"path", "kind"},
    }
    for entry in manifest["files"]:
        assert set(entry) == keys[entry["kind"]], entry
    return manifest


def with_ranges(items: list, known: list) -> list:
    """Items of a delta with those of its last base in the places of ranges."""
    found, end = [], 0
    for item in items:
        if not isinstance(item, list):
            found.append(item)
            continue
        first, count = item
        assert end <= first and first + count <= len(known)
        end = first + count
        found += known[first:end]
    return found


def package_of(manifest: dict, cbor: bytes) -> dict:
    return {
        "id": manifest["package"]["id"],
        "manifest_digest": "blake3:" + digest(cbor).hex(),
        "content_digest": "blake3:" + digest(encode(manifest["files"])).hex(),
        "file_count": len(manifest["files"]),
        "total_bytes": sum(entry.get("size", 0) for entry in manifest["files"]),
    }


def content_of(entry: dict, contents: dict[bytes, bytes]) -> bytes:
    content = b"" if entry["size"] == 0 else contents[entry["blake3"]]
    assert len(content) == entry["size"]
    assert digest(content) == entry["blake3"] and hashlib.sha256(content).digest() == entry["sha256"]
    return content


def restore(manifest: dict, contents: dict[bytes, bytes], target: pathlib.Path) -> None:
    for entry in manifest["files"]:
        path = target / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry["kind"] == "directory":
            path.mkdir()
        elif entry["kind"] == "symlink":
            path.symlink_to(entry["target"])
        else:
            path.write_bytes(content_of(entry, contents))
            path.chmod(0o755 if entry["executable"] else 0o644)


# The log


GENESIS = bytes(32)


def event_digest(event: list) -> bytes:
    """Of an event as a segment has it."""
    *fields, payload, previous = event
    return digest(encode([*fields, digest(payload), previous]))


def read_events(events: list[list]) -> list[list]:
    assert events
    for before, event in zip([None, *events], events):
        assert len(event) == 8
        decode(event[6])
        if before is not None:
            assert event[0] == before[0] + 1 and event[7] == event_digest(before)
    return events


def read_legacy_log(storage: pathlib.Path, end: tuple[int, bytes] | None) -> list[list]:
    """The log of format 1 or 2. Segments of transactions that failed may lie beside it."""
    segments: dict[int, list[list[list]]] = {}
    for path in sorted((storage / "events").iterdir()):
        sequence, last = path.name.split("-")
        events = read_events(decode(document(path.read_bytes(), b"ASEV", 2, 2)))
        assert events[0][0] == int(sequence) and len(sequence) == 16
        assert event_digest(events[-1]).hex() == last
        segments.setdefault(int(sequence), []).append(events)
    branches: list[list[list]] = [[]]
    while True:
        longer = []
        for branch in branches:
            at = (branch[-1][0], event_digest(branch[-1])) if branch else (0, GENESIS)
            if at == end:
                return branch
            longer += [branch + events for events in segments.get(at[0] + 1, []) if events[0][7] == at[1]]
        if not longer:
            assert end is None and len(branches) == 1, "which one is the log is not told apart here"
            return branches[0]
        branches = longer


class Store:
    """A store as its log tells it."""

    def __init__(self, storage: pathlib.Path):
        self.storage = storage
        self.format = 2
        self.segments = 0
        self.events: list[list] = []
        self.packages: dict[str, dict] = {}
        self.disposed: dict[str, dict] = {}
        self.holds: dict[str, dict] = {}
        self.labels: dict[tuple[str, str], str] = {}
        self.notes: dict[str, str] = {}
        self.packs: dict[str, dict] = {}
        self.removed: set[str] = set()
        about = storage / "store.json"
        if not about.exists():
            self.apply_legacy(None)
            return
        store = json.loads(about.read_bytes())
        assert set(store) - {"legacy"} == {"store_id", "format", "commit"}
        self.format = store["format"]
        assert self.format == 3 and store["commit"] in ("storage", "database")
        end = None
        if "legacy" in store:
            end = (store["legacy"]["sequence"], bytes.fromhex(store["legacy"]["digest"].removeprefix("blake3:")))
            self.apply_legacy(end)
        self.apply_log(store["store_id"], end)

    def get(self, key: str) -> bytes:
        return (self.storage / key).read_bytes()

    def head(self) -> bytes:
        return event_digest(self.events[-1]) if self.events else GENESIS

    def apply_legacy(self, end: tuple[int, bytes] | None) -> None:
        events = read_legacy_log(self.storage, end)
        removed = {event[4] for event in events if event[2] == "v1.object.removed"}
        sealed = {event[4] for event in events if event[2] == "v1.pack.sealed"} - removed
        # A pack that is lost, or was removed since, is in no table.
        self.apply(events, {key: read_trailer(self.get(key)) for key in sealed if (self.storage / key).exists()})

    def apply_log(self, store_id: str, end: tuple[int, bytes] | None) -> None:
        previous = GENESIS
        for number, path in enumerate(sorted((self.storage / "log").iterdir()), 1):
            assert path.name == f"{number:016}", "a segment is missing"
            stored = path.read_bytes()
            segment = decode(document(stored, b"ASLG", 2, 1))
            assert set(segment) == {"segment", "store_id", "nonce", "previous", "events", "packs"}
            assert segment["segment"] == number and segment["store_id"] == store_id
            assert len(segment["nonce"]) == 16 and segment["previous"] == previous
            events = read_events(segment["events"])
            assert events[0][0] == len(self.events) + 1 and events[0][7] == self.head()
            if number == 1 and end is not None:
                _, _, kind, _, subject, _, payload, _ = events[0]
                told = {"format": 2, "sequence": end[0], "digest": "blake3:" + end[1].hex()}
                assert (kind, subject, decode(payload)) == ("v1.store.migrated", store_id, told)
            packs = {key: read_table(table) for key, table in segment["packs"]}
            assert set(packs) == {event[4] for event in events if event[2] == "v1.pack.sealed"}
            self.apply(events, packs)
            previous = digest(stored)
            self.segments = number

    def apply(self, events: list[list], packs: dict[str, dict]) -> None:
        for event in events:
            sequence, at, kind, _, subject, actor, payload, _ = event
            self.apply_event(kind, subject, decode(payload), {"sequence": sequence, "at": at, "actor": actor}, packs)
        self.events += events

    def apply_event(self, kind: str, subject: str, payload: dict, about: dict, packs: dict[str, dict]) -> None:
        if kind == "v1.pack.sealed":
            if subject in packs:
                table = packs[subject]
                assert payload["raw_bytes"] == sum(raw for _, raw, _ in table["frames"])
                self.packs[subject] = {"table": table, "retired": False, "damaged": False, "hurt": set()} | payload
        elif kind == "v1.pack.retired":
            self.packs[subject]["retired"] = True
            assert all(key in self.packs for key in payload["moved_to"])
        elif kind in ("v1.pack.damaged", "v1.pack.healed"):
            self.packs[subject]["damaged"] = kind == "v1.pack.damaged"
        elif kind in ("v1.content.damaged", "v1.content.healed"):
            name = bytes.fromhex(subject.removeprefix("blake3:"))
            hurt = self.packs[payload["storage_key"]]["hurt"]
            hurt.add(name) if kind == "v1.content.damaged" else hurt.discard(name)
        elif kind == "v1.object.removed":
            self.packs.pop(subject, None)
            self.removed.add(subject)
        elif kind == "v1.package.finalized":
            assert all(key in self.packs for key, _ in payload.get("packs", []))
            self.packages[subject] = payload | {"position": about["sequence"]}
        elif kind == "v1.retention.extended":
            self.packages[subject]["expires_at"] = payload["expires_at"]
        elif kind == "v1.hold.applied":
            self.holds[payload["hold_id"]] = {"package": subject, "released": False} | payload
        elif kind == "v1.hold.released":
            self.holds[payload["hold_id"]]["released"] = True
        elif kind == "v1.label.set":
            assert self.packages[subject]["subject"] == payload["subject"]
            self.labels[payload["subject"], payload["label"]] = subject
        elif kind == "v1.label.removed":
            assert self.labels.pop((payload["subject"], payload["label"])) == subject
        elif kind == "v1.note.amended":
            self.notes[subject] = payload["note"]
        elif kind == "v1.package.disposed":
            self.disposed[subject] = self.packages.pop(subject) | payload
        else:
            assert kind in (
                "v1.package.created",
                "v1.package.imported",
                "v1.package.expired",
                "v1.retention.default_applied",
                "v1.storage.verified",
                "v1.store.migrated",
            ), kind

    def lists(self) -> dict[bytes, tuple[bytes, int]]:
        """Root and size of contents that are stored in chunks."""
        tables = (pack["table"] for pack in self.packs.values())
        return {name: (root, size) for table in tables for name, size, root in table.get("lists", [])}

    def is_whole(self, name: bytes) -> bool:
        return any(found == name for pack in self.packs.values() for found, _, _ in split(pack["table"]))

    def content(self, name: bytes) -> bytes:
        if self.is_whole(name):
            return self.whole(name)
        root, size = self.lists()[name]
        content = joined(root, size, self.whole)
        assert digest(content) == name
        return content

    def whole(self, name: bytes) -> bytes:
        """Read from its frames alone, in the best of the packs that have it."""
        places = []
        for key, pack in self.packs.items():
            for found, offset, length in split(pack["table"]):
                if found == name:
                    places.append((pack["damaged"] or name in pack["hurt"], pack["retired"], key, offset, length))
        *_, key, offset, length = min(places, key=lambda place: place[:2])
        data, stored_at, raw_at, raw = self.get(key), 24, 0, b""
        for codec, raw_length, stored_length in self.packs[key]["table"]["frames"]:
            if raw_at < offset + length and offset < raw_at + raw_length:
                frame = data[stored_at : stored_at + stored_length]
                piece = frame if codec == 0 else unpack(frame)
                assert len(piece) == raw_length
                raw += piece[max(0, offset - raw_at) : offset + length - raw_at]
            stored_at += stored_length
            raw_at += raw_length
        assert digest(raw) == name
        return raw

    def manifest(self, package_id: str) -> tuple[bytes, dict]:
        payload = self.packages[package_id]
        name = payload["manifest_digest"].removeprefix("blake3:")
        cbor, bases = self.manifest_cbor(name, payload.get("manifest_key"))
        if "packs" in payload:
            base = "blake3:" + bases[-1].hex() if bases else None
            assert payload.get("manifest_base") == base
        manifest = read_manifest(cbor)
        package = package_of(manifest, cbor)
        assert package["id"] == package_id
        assert all(payload[key] == package[key] for key in package if key != "id"), (payload, package)
        if "packs" in payload:
            needed = {entry["blake3"]: entry["size"] for entry in manifest["files"] if entry.get("size")}
            lists = self.lists()
            for name in [name for name in needed if not self.is_whole(name)]:
                del needed[name]
                for parts in parts_of(*lists[name], self.whole):
                    needed |= dict(parts)
            assert sum(size for _, size in payload["packs"]) == sum(needed.values())
        return cbor, manifest

    def manifest_cbor(self, name: str, key: str | None = None) -> tuple[bytes, list[bytes]]:
        """In full, whatever it is stored on, and what that is."""
        where = f"manifests/{name[:2]}/{name}"
        try:
            return self.layered(name, key or where)
        except (AssertionError, OSError):
            if not (self.storage / f"{where}.copy").exists():
                raise
            return self.layered(name, f"{where}.copy")

    def layered(self, name: str, key: str) -> tuple[bytes, list[bytes]]:
        cbor = document(self.get(key), b"ASMF", 3, 3)
        bases: list[bytes] = []
        if cbor.startswith(b"\xa6\x65bases"):
            delta = decode(cbor)
            bases = delta.pop("bases")
            assert 1 <= len(bases) <= 31
            known = decode(self.manifest_cbor(bases[-1].hex())[0])["files"]
            cbor = encode(delta | {"files": with_ranges(delta["files"], known)})
        assert digest(cbor).hex() == name
        return cbor, bases

    def restore(self, package_id: str, target: pathlib.Path) -> dict:
        cbor, manifest = self.manifest(package_id)
        needed = {entry["blake3"] for entry in manifest["files"] if entry.get("size")}
        restore(manifest, {name: self.content(name) for name in needed}, target)
        return package_of(manifest, cbor)


def list_packages(store: Store) -> list[dict]:
    held = {hold["package"] for hold in store.holds.values() if not hold["released"]}
    keys = ("subject", "producer", "created_at", "retention_class", "expires_at", "manifest_digest")
    ordered = sorted(store.packages.items(), key=lambda item: item[1]["position"])
    return [
        {
            "id": name,
            **{key: payload[key] for key in keys},
            "held": name in held,
            "labels": sorted(label for (_, label), package in store.labels.items() if package == name),
            "note": store.notes.get(name) or store.manifest(name)[1]["package"]["metadata"].get("note"),
        }
        for name, payload in ordered
    ]


def check_store(store: Store, target: pathlib.Path | None) -> dict:
    """Reads every object, and compares each with what the log and the manifests tell of it."""
    contents: dict[bytes, bytes] = {}
    for key, pack in store.packs.items():
        data = store.get(key)
        assert len(data) == pack["stored_bytes"] and read_trailer(data) == pack["table"]
        contents |= read_pack(key, data)
    for name, (root, size) in store.lists().items():
        if root in contents:
            contents.setdefault(name, joined(root, size, contents.__getitem__))
    for key in store.removed:
        assert not (store.storage / key).exists(), key
    for path in sorted((store.storage / "checkpoints").glob("*")):
        check_checkpoint(store, path)
    packages = []
    for package_id in [package["id"] for package in list_packages(store)]:
        cbor, manifest = store.manifest(package_id)
        for entry in manifest["files"]:
            if entry["kind"] == "file":
                content_of(entry, contents)
        packages.append(package_of(manifest, cbor))
        if target:
            store.restore(package_id, target / str(len(packages)))
    return {
        "format": store.format,
        "packages": packages,
        "disposed": list(store.disposed),
        "retired": [key for key, pack in store.packs.items() if pack["retired"]],
        "removed": sorted(store.removed),
        "segments": store.segments,
        "events": len(store.events),
        "head": "blake3:" + store.head().hex(),
    }


def check_checkpoint(store: Store, path: pathlib.Path) -> None:
    first, last = map(int, path.name.split("-"))
    _, rest = body(path.read_bytes(), b"ASCP", 1)
    for number in range(first, last + 1):
        (length,) = struct.unpack_from("<I", rest)
        assert rest[4 : 4 + length] == store.get(f"log/{number:016}")
        rest = rest[4 + length :]
    assert rest == b""


# Self-contained files and stat caches


def read_bag(file: pathlib.Path) -> dict:
    members = {}
    with tarfile.open(fileobj=io.BytesIO(unpack(file.read_bytes()))) as tar:
        for member in tar:
            members[member.name.split("/", 1)[1] if "/" in member.name else ""] = (
                member,
                tar.extractfile(member).read() if member.isfile() else None,
            )
    manifests = ("infospace/manifest.cbor", "package-manifest.cbor")
    cbor = next(members[name][1] for name in manifests if name in members)
    manifest = read_manifest(cbor)
    contents = {}
    for entry in manifest["files"]:
        member, content = members["data/" + entry["path"]]
        if entry["kind"] == "file":
            contents[digest(content)] = content
            content_of(entry, contents)
            assert bool(member.mode & 0o100) == entry["executable"]
        elif entry["kind"] == "symlink":
            assert member.issym() and member.linkname == entry["target"]
        else:
            assert member.isdir()
    return package_of(manifest, cbor)


def read_stat_cache(file: pathlib.Path) -> list[dict]:
    _, rest = body(file.read_bytes(), b"ASSC", 2)
    assert digest(rest[32:]) == rest[:32]
    (count,) = struct.unpack_from("<I", rest, 32)
    records = rest[36 : 36 + 96 * count]
    paths = rest[36 + 96 * count :].split(b"\0")
    assert len(paths) == count + 1 and paths.pop() == b""
    assert paths == sorted(paths)
    found = []
    for i, path in enumerate(paths):
        size, mtime, ctime, _inode, key, sha256 = struct.unpack_from("<qqqQ32s32s", records, 96 * i)
        assert mtime > 10**18 and ctime > 10**18
        found.append({"path": path.decode(), "size": size, "blake3": key.hex(), "sha256": sha256.hex()})
    return found


def main(what: str, file: str, *rest: str):
    place = pathlib.Path(file)
    if what == "list":
        return list_packages(Store(place))
    if what == "restore":
        return Store(place).restore(rest[0], pathlib.Path(rest[1]))
    if what == "check":
        return check_store(Store(place), pathlib.Path(rest[0]) if rest else None)
    if what == "bag":
        return read_bag(place)
    return read_stat_cache(place)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), indent=2))
