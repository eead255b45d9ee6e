"""Writes manifests.json: manifests in CBOR and JSON, encoded without any code of this project.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cbor2 blake3
    /tmp/venv/bin/python make_vectors.py > manifests.json && npx biome check --write manifests.json
"""

import hashlib
import json

import blake3
import cbor2


def head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def cbor(value) -> bytes:
    """RFC 8949, section 4.2.1."""
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
        return head(4, len(value)) + b"".join(map(cbor, value))
    items = sorted((cbor(key), cbor(item)) for key, item in value.items())
    return head(5, len(items)) + b"".join(key + item for key, item in items)


def jcs(value) -> str:
    """RFC 8785, for text, integers, booleans and null; bytes in hexadecimal."""
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(key)}:{jcs(value[key])}" for key in keys) + "}"
    return json.dumps(value, ensure_ascii=False)


def file(path: str, content: bytes = b"", size: int | None = None, executable: bool = False) -> dict:
    return {
        "sha256": hashlib.sha256(content).digest(),
        "blake3": blake3.blake3(content).digest(),
        "path": path,
        "kind": "file",
        "executable": executable,
        "size": len(content) if size is None else size,
    }


def link(path: str, target: str) -> dict:
    return {"target": target, "path": path, "kind": "symlink"}


def folder(path: str) -> dict:
    return {"path": path, "kind": "directory"}


def manifest(files: list, metadata: dict | None = None, provenance: dict | None = None, expires="2031-12-30T00:00:00.000Z"):
    return {
        "provenance": provenance or {},
        "manifest_version": 1,
        "files": sorted(files, key=lambda entry: entry["path"].encode()),
        "package": {
            "subject": "atlas",
            "producer": "infospace-bench",
            "metadata": metadata or {},
            "id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "created_at": "2025-01-01T00:00:00.000Z",
        },
        "retention_summary": {
            "retention_class": "release-evidence" if expires else "permanent-record",
            "expires_at": expires,
        },
    }


MANIFESTS = {
    "without files": manifest([], expires=None),
    "a file, a link and an empty folder": manifest(
        [
            file("output/report.md", b"# Report\n"),
            file("workflows/run.sh", b"#!/bin/sh\n", executable=True),
            link("output/latest.md", "report.md"),
            folder("exports"),
            file("artifacts/empty.txt"),
        ],
        metadata={"note": "first milestone"},
        provenance={"repository": "org/atlas", "commit": "0" * 40, "run_id": "17"},
    ),
    "sizes at every edge": manifest(
        [
            file(f"{size:016d}.bin", str(size).encode(), size=size)
            for size in (0, 23, 24, 255, 256, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**53 - 1)
        ]
    ),
    "names ordered by UTF-8, not UTF-16": manifest(
        [
            file("\N{FULLWIDTH TILDE}.md", b"1"),
            file("\N{GRINNING FACE}.md", b"2"),
            file("\uE000.md", b"3"),
            file("\U0010FFFF/x", b"4"),
            file("e\u0301.md", b"5"),
            file("caf\u00e9.md", b"6"),
            file("Z.md", b"7"),
            file("a-b", b"8"),
            file("a/b", b"9"),
            file("a0", b"10"),
            file("\ufeffbom.md", b"11"),
            file('quote"back\\slash\ttab\x1f\x7f\u2028', b"12"),
        ]
    ),
    "long keys, texts and paths": manifest(
        [
            file("/".join(["d" * 200] * 3) + "/f", b"deep"),
            file("x" * 255, b"long"),
            file("\u00fc" * 12, b"24 bytes"),
            link("link", "y" * 256),
        ],
        metadata={
            "k" * 23: "23",
            "k" * 24: "24",
            "a_key_that_is_longer_than_twenty_three_characters": "v" * 300,
            "z": "",
            "\N{GRINNING FACE}": "astral key",
            "\N{FULLWIDTH TILDE}a": "UTF-16 puts it after the astral key",
            "m" * 256: "two length bytes",
        },
    ),
    "metadata keys that look like numbers": manifest(
        [], metadata={"b": "1", "10": "2", "9": "3", "a": "4"}, provenance={"run": "x", "7": "y"}
    ),
    "metadata keys that JavaScript treats apart": manifest(
        [], metadata={"__proto__": "1", "constructor": "2", "toString": "3"}
    ),
    "more entries than one length byte counts": manifest([folder(f"empty/{i}") for i in range(260)]),
}


def vector(name: str, document: dict) -> dict:
    encoded, entries = cbor(document), cbor(document["files"])
    assert encoded == cbor2.dumps(document, canonical=True) and cbor2.loads(encoded) == document, name
    return {
        "name": name,
        "cbor": encoded.hex(),
        "manifest_digest": "blake3:" + blake3.blake3(encoded).hexdigest(),
        "content_digest": "blake3:" + blake3.blake3(entries).hexdigest(),
        "json": jcs(document),
        "document": json.loads(json.dumps(document, default=bytes.hex)),
    }


print(json.dumps([vector(*item) for item in MANIFESTS.items()], indent=2, ensure_ascii=True))
