"""Reads a store or a self-contained file, written from docs/format.md alone, without any code of this project.

    read_store.py store <folder> [<target>]    checks all that its storage and its SQLite registry hold, and restores the packages
    read_store.py bag <file>
    read_store.py stat-cache <file>

It prints what it has found as JSON, and fails at the first thing that is not as the document says. It needs `blake3` and,
before Python 3.14, `zstandard`.
"""

import hashlib
import io
import json
import pathlib
import sqlite3
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


def read_pack(path: pathlib.Path) -> dict[bytes, bytes]:
    """Contents by digest."""
    data = path.read_bytes()
    version, _ = body(data, b"ASPK", 2)
    trailer_digest, length, end = struct.unpack("<32sI4s", data[-40:])
    assert end == b"KPSA"
    trailer_bytes = data[-40 - length : -40]
    assert digest(trailer_bytes) == trailer_digest
    trailer = decode(trailer_bytes if version == 1 else document(trailer_bytes, b"ASTR", 1, 1))
    assert set(trailer) == {"frames", "contents"}
    at, raw = 24, b""
    for codec, raw_length, stored_length in trailer["frames"]:
        frame = data[at : at + stored_length]
        at += stored_length
        assert codec in (0, 1) and 1 <= raw_length <= 16 << 20 and stored_length <= raw_length
        piece = frame if codec == 0 else unpack(frame)
        assert len(piece) == raw_length
        raw += piece
    assert at == len(data) - 40 - length, "there are bytes between the frames and the trailer"
    digests, lengths = trailer["contents"]["digests"], trailer["contents"]["lengths"]
    assert len(digests) == 32 * len(lengths) and sum(lengths) == len(raw)
    contents, at = {}, 0
    for i, length in enumerate(lengths):
        content = raw[at : at + length]
        at += length
        assert digest(content) == digests[32 * i : 32 * i + 32]
        contents[digest(content)] = content
    name = path.name
    if path.parts[-3] == "packs":
        assert digest(data).hex() == name
    else:
        assert len(contents) == 1 and next(iter(contents)).hex() == name.split("-")[0]
    return contents


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


# Events


def event_digest(event: list) -> bytes:
    """Of an event as a segment has it."""
    *fields, payload, previous = event
    return digest(encode([*fields, digest(payload), previous]))


def read_events(storage: pathlib.Path) -> list[list]:
    """The chain. What leads to a fork, segments of transactions that failed, is not told apart here."""
    events: list[list] = []
    previous = bytes(32)
    for path in sorted((storage / "events").iterdir()):
        sequence, last = path.name.split("-")
        segment = decode(document(path.read_bytes(), b"ASEV", 2, 2))
        assert segment[0][0] == int(sequence) and len(sequence) == 16
        for event in segment:
            assert event[0] == len(events) + 1 and event[7] == previous
            decode(event[6])
            previous = event_digest(event)
            events.append(event)
        assert previous.hex() == last
    return events


def read_registry(file: pathlib.Path) -> list[list]:
    """The log as the SQLite registry has it, in the form that segments have."""
    assert file.read_bytes()[68:72] == b"ASRG"
    registry = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    assert registry.execute("select format_version from store_info").fetchone()[0] in (1, 2)
    events = []
    columns = "created_at, event_type, subject_kind, subject_id, actor, payload, payload_digest, previous_digest"
    for row in registry.execute(f"select sequence, {columns} from events order by sequence"):
        *fields, payload, payload_digest, previous = row
        assert digest(payload) == payload_digest
        events.append([*fields, payload, previous])
    sequence, newest = registry.execute("select sequence, digest from event_head").fetchone()
    assert sequence == len(events) and event_digest(events[-1]) == newest
    return events


def manifest_cbor(storage: pathlib.Path, name: str) -> bytes:
    """In full, whatever it is stored on."""
    stored = (storage / "manifests" / name[:2] / name).read_bytes()
    cbor = document(stored, b"ASMF", 3, 3)
    if cbor.startswith(b"\xa6\x65bases"):
        delta = decode(cbor)
        bases = delta.pop("bases")
        assert 1 <= len(bases) <= 31
        known = decode(manifest_cbor(storage, bases[-1].hex()))["files"]
        files, end = [], 0
        for item in delta["files"]:
            if isinstance(item, dict):
                files.append(item)
                continue
            first, count = item
            assert end <= first and first + count <= len(known)
            end = first + count
            files += known[first:end]
        cbor = encode(delta | {"files": files})
    assert digest(cbor).hex() == name
    return cbor


def read_store(store: pathlib.Path, target: pathlib.Path | None) -> dict:
    storage = store / "storage"
    events = read_events(storage)
    assert read_registry(store / "registry.sqlite3") == events
    contents: dict[bytes, bytes] = {}
    for folder in ("packs", "objects"):
        for path in sorted((storage / folder).glob("*/*")):
            assert path.name.startswith(path.parent.name)
            contents |= read_pack(path)
    packages = []
    for event in events:
        if event[2] != "v1.package.finalized":
            continue
        payload = decode(event[6])
        name = payload["manifest_digest"].removeprefix("blake3:")
        cbor = manifest_cbor(storage, name)
        manifest = read_manifest(cbor)
        package = package_of(manifest, cbor)
        assert package["id"] == event[4]
        assert all(payload[key] == package[key] for key in package if key != "id"), (payload, package)
        for entry in manifest["files"]:
            if entry["kind"] == "file":
                content_of(entry, contents)
        packages.append(package)
        if target:
            restore(manifest, contents, target / str(len(packages)))
    return {"packages": packages, "events": len(events), "head": "blake3:" + event_digest(events[-1]).hex()}


# Self-contained files and stat caches


def read_bag(file: pathlib.Path) -> dict:
    members = {}
    with tarfile.open(fileobj=io.BytesIO(unpack(file.read_bytes()))) as tar:
        for member in tar:
            members[member.name.split("/", 1)[1] if "/" in member.name else ""] = (
                member,
                tar.extractfile(member).read() if member.isfile() else None,
            )
    manifests = [name for name in members if name.endswith("package-manifest.cbor")]
    cbor = members[manifests[0]][1]
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


what, file, *rest = sys.argv[1:]
if what == "store":
    found = read_store(pathlib.Path(file), pathlib.Path(rest[0]) if rest else None)
elif what == "bag":
    found = read_bag(pathlib.Path(file))
else:
    found = read_stat_cache(pathlib.Path(file))
print(json.dumps(found, indent=2))
