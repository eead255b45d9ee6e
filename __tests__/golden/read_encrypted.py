"""Reads an encrypted store, written from docs/format.md ("Encryption") and age's own specification alone.

    read_encrypted.py <storage> <identity file> <target>

Opens everything with the identity, checks every seal, name and digest on the way, and restores all packages into
<target>/<number>. It prints what it has found as JSON. It needs `blake3`, `cryptography` and what read_store.py needs. The
identity is one of X25519, `AGE-SECRET-KEY-1...`: those that are hybrid are tested by age's own vectors.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import struct
import sys
import uuid

import blake3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from read_store import body, decode, digest, document, encode, event_digest, parts_of, read_events, read_manifest
from read_store import package_of, restore, unpack, with_ranges


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int = 32) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


# age-encryption.org/v1

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32_data(text: str) -> bytes:
    """The checksum is not looked at: a mistyped identity opens nothing."""
    value = 0
    digits = text.lower().rsplit("1", 1)[1][:-6]
    for digit in digits:
        value = value << 5 | BECH32.index(digit)
    return (value >> (5 * len(digits) % 8)).to_bytes(5 * len(digits) // 8, "big")


def unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def open_age(file: bytes, identity: X25519PrivateKey) -> bytes:
    end = file.index(b"\n---") + 4
    header, rest = file[:end], file[end:]
    mac, payload = rest[1:].split(b"\n", 1)
    lines = header.decode().split("\n")
    assert lines[0] == "age-encryption.org/v1"
    own = identity.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    file_key = None
    for line, wrapped in zip(lines, lines[1:]):
        if not line.startswith("-> X25519 "):
            continue
        share = unpadded(line.split(" ")[2])
        shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
        key = hkdf(shared, share + own, b"age-encryption.org/v1/X25519")
        try:
            file_key = ChaCha20Poly1305(key).decrypt(bytes(12), unpadded(wrapped), b"")
        except Exception:
            continue
    assert file_key is not None, "it is for others"
    expected = hmac.new(hkdf(file_key, b"", b"header"), header, hashlib.sha256).digest()
    assert hmac.compare_digest(expected, unpadded(mac.decode()))
    stream = ChaCha20Poly1305(hkdf(file_key, payload[:16], b"payload"))
    sealed, opened, number = payload[16:], b"", 0
    while True:
        chunk, sealed = sealed[: 65536 + 16], sealed[65536 + 16 :]
        opened += stream.decrypt(number.to_bytes(11, "big") + bytes([not sealed]), chunk, b"")
        number += 1
        if not sealed:
            return opened


# The store


def nonce(number: int) -> bytes:
    return struct.pack("<I", number) + bytes(8)


class Encrypted:
    def __init__(self, storage: pathlib.Path, identity: X25519PrivateKey):
        self.storage, self.identity = storage, identity
        about = json.loads(self.get("store.json"))
        assert about["format"] == 3 and about["encryption"]["version"] == 1
        self.store_id = about["store_id"]
        self.salt = uuid.UUID(self.store_id).bytes
        self.secrets(about["encryption"])
        self.sessions: dict[bytes, bytes] = {}
        self.packs: dict[str, dict] = {}
        self.places: dict[bytes, tuple[str, int, int]] = {}
        self.lists: dict[bytes, tuple[bytes, int]] = {}
        self.packages: dict[str, dict] = {}
        self.manifests: dict[bytes, tuple[str, str]] = {}
        self.bases: dict[bytes, bytes] = {}
        self.notes: dict[str, str] = {}
        self.read_log()

    def get(self, key: str) -> bytes:
        return (self.storage / key).read_bytes()

    def derive(self, secret: bytes, use: str, salt: bytes = b"", length: int = 32) -> bytes:
        info = f"infospace-archive encryption 1: {use}".encode()
        return hkdf(secret, self.salt + salt, info, length)

    def name(self, use: str, data: bytes) -> bytes:
        return blake3.blake3(data, key=self.derive(self.id_key, use)).digest()

    def secrets(self, encryption: dict) -> None:
        found = 0
        for path in (self.storage / "keys/store").iterdir():
            match = re.fullmatch(r"(\d+)-([0-9a-f]{32})", path.name)
            if not match or match[2] != encryption["check"] or int(match[1]) < found:
                continue
            secrets = decode(open_age(path.read_bytes(), self.identity))
            assert set(secrets) == {"writer_key", "keeper_key"}
            assert self.derive(secrets["keeper_key"], "check", length=16).hex() == encryption["keeper"]
            assert secrets["writer_key"].startswith("ASWK1-")
            text = secrets["writer_key"].removeprefix("ASWK1-")
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            assert digest(packed[:-4])[:4] == packed[-4:]
            key = decode(packed[:-4])
            assert set(key) == {"store_id", "id_key", "generation", "recipients"}
            assert key["store_id"] == self.store_id and key["generation"] == int(match[1])
            self.id_key, self.generation, found = key["id_key"], key["generation"], int(match[1])
            self.recipients = key["recipients"]
        assert found and self.derive(self.id_key, "check", length=16).hex() == encryption["check"]

    def data_key(self, session: bytes) -> bytes:
        if session not in self.sessions:
            for generation in range(self.generation, 0, -1):
                path = self.storage / f"keys/session/{generation}/{session.hex()}"
                if path.exists():
                    self.sessions[session] = open_age(path.read_bytes(), self.identity)
                    break
        return self.sessions[session]

    def unbox(self, kind: str, package_id: str, box: bytes) -> bytes:
        body(box, b"ASBX", 1)
        session, salt = box[8:24], box[24:40]
        key = self.derive(self.data_key(session), "box", session + salt)
        about = box[:40] + encode([self.store_id, kind, package_id])
        return AESGCM(key).decrypt(nonce(0), box[40:], about)

    def unbox_text(self, kind: str, package_id: str, text: str):
        box = text.removeprefix("sealed:")
        return decode(self.unbox(kind, package_id, base64.urlsafe_b64decode(box + "=" * (-len(box) % 4))))

    def read_log(self) -> None:
        previous, last, count = bytes(32), bytes(32), 0
        for number, path in enumerate(sorted((self.storage / "log").iterdir()), 1):
            stored = path.read_bytes()
            version, _ = body(stored, b"ASLG", 4)
            segment = decode(document(stored, b"ASLG", 4, 1))
            assert version == 4 and set(segment) >= {"mac", "segment", "store_id", "previous", "events", "packs"}
            mac = segment.pop("mac")
            assert hmac.compare_digest(mac, self.name("segment", encode(segment)))
            assert segment["segment"] == number and segment["store_id"] == self.store_id
            assert segment["previous"] == previous
            events = read_events(segment["events"])
            assert events[0][0] == count + 1 and events[0][7] == last
            for key, table in segment["packs"]:
                self.add_pack(key, table)
            for event in events:
                self.apply(event[2], event[4], decode(event[6]))
            count, last, previous = events[-1][0], event_digest(events[-1]), digest(stored)

    def apply(self, kind: str, subject: str, payload: dict) -> None:
        if kind == "v1.package.created" and "note" in payload["metadata"]:
            self.notes[subject] = self.unbox_text("note", subject, payload["metadata"]["note"])
        elif kind == "v1.note.amended":
            self.notes[subject] = self.unbox_text("note", subject, payload["note"])
        elif kind == "v1.package.finalized":
            told = self.unbox_text("package", subject, payload["producer"])
            assert payload["subject"] == "sealed:" + self.name("subject", told["subject"].encode()).hex()
            for key in ("manifest_digest", "content_digest"):
                plain = bytes.fromhex(told[key].removeprefix("blake3:"))
                assert payload[key] == "blake3:" + self.name("package digest", plain).hex()
            name = bytes.fromhex(payload["manifest_digest"].removeprefix("blake3:"))
            self.packages[subject] = {"told": told, "name": name}
            key = payload["manifest_key"]
            self.manifests[name] = (subject, key)
            if "manifest_stored" in payload and (self.storage / key).exists():
                assert payload["manifest_stored"] == "blake3:" + digest(self.get(key)).hex()
        elif kind == "v1.store.recipients_changed":
            assert payload["generation"] > 1 and set(payload["added"]) <= set(payload["recipients"])
            if payload["generation"] == self.generation:
                names = [self.name("recipient", each.encode())[:16].hex() for each in self.recipients]
                assert payload["recipients"] == names
        elif kind == "v1.package.disposed":
            del self.packages[subject]

    def add_pack(self, key: str, table: dict) -> None:
        assert set(table) - {"stored"} == {"contents", "lists", "session", "nonce", "sealed"}
        data = self.get(key)
        trailer_digest, length, end = struct.unpack("<32sI4s", data[-40:])
        trailer = data[-40 - length : -40]
        assert end == b"KPSA" and digest(trailer) == trailer_digest
        assert body(data, b"ASPK", 4)[0] == 4 and body(trailer, b"ASTR", 4)[0] == 4
        assert decode(document(trailer, b"ASTR", 4, 1)) == table and data[8:24] == table["nonce"]
        assert table.get("stored") in (None, digest(data[: -40 - length]))
        session, salt = table["session"], table["nonce"]
        about = data[:8] + self.salt + session + salt
        count = struct.pack("<I", len(table["contents"]) // 32)
        names = digest(count + table["contents"] + table["lists"])
        table_key = self.derive(self.data_key(session), "table", session + salt)
        opened = decode(AESGCM(table_key).decrypt(nonce(0), table["sealed"], about + names))
        frame_key = self.derive(self.data_key(session), "frames", session + salt)
        at, raw = 24, b""
        for number, (codec, raw_length, stored_length) in enumerate(opened["frames"]):
            sealed = data[at : at + stored_length + 16]
            at += stored_length + 16
            frame = AESGCM(frame_key).decrypt(nonce(number), sealed, about + struct.pack("<I", number))
            piece = frame if codec == 0 else unpack(frame)
            assert len(piece) == raw_length
            raw += piece
        assert at == len(data) - 40 - length
        offset = 0
        for i, size in enumerate(opened["lengths"]):
            content = raw[offset : offset + size]
            offset += size
            name = table["contents"][32 * i : 32 * i + 32]
            assert name == self.name("content id", digest(content))
            self.places[name] = (key, offset - size, size)
        assert offset == len(raw)
        self.packs[key] = {"raw": raw}
        for i, (size, root) in enumerate(opened["lists"]):
            self.lists[table["lists"][32 * i : 32 * i + 32]] = (root, size)

    def whole(self, plain: bytes) -> bytes:
        key, offset, size = self.places[self.name("content id", plain)]
        return self.packs[key]["raw"][offset : offset + size]

    def content(self, plain: bytes) -> bytes:
        name = self.name("content id", plain)
        if name in self.places:
            return self.whole(plain)
        chunks, _ = parts_of(*self.lists[name], self.whole)
        return b"".join(self.whole(chunk) for chunk, _ in chunks)

    def manifest_cbor(self, name: bytes) -> bytes:
        package_id, key = self.manifests[name]
        cbor = document(self.unbox("manifest", package_id, self.get(key)), b"ASMF", 3, 3)
        if cbor.startswith(b"\xa6\x65bases"):
            delta = decode(cbor)
            bases = delta.pop("bases")
            assert 1 <= len(bases) <= 31
            files = with_ranges(delta["files"], decode(self.manifest_cbor(bases[-1]))["files"])
            cbor = encode(delta | {"files": files})
            self.bases[name] = bases[-1]
        assert self.name("package digest", digest(cbor)) == name
        return cbor

    def entry_names(self, name: bytes) -> list[bytes]:
        box = self.get(self.manifests[name][1] + ".names")
        body(box, b"ASEN", 1)
        key = self.derive(self.id_key, "names", box[8:24])
        items = decode(AESGCM(key).decrypt(nonce(0), box[24:], box[:24] + encode([self.store_id, name])))
        apart = [[run] if isinstance(run, list) else [run[i : i + 12] for i in range(0, len(run), 12)] for run in items]
        known = self.entry_names(self.bases[name]) if name in self.bases else []
        return with_ranges(sum(apart, []), known)

    def restore(self, package_id: str, target: pathlib.Path) -> dict:
        package = self.packages[package_id]
        cbor = self.manifest_cbor(package["name"])
        manifest = read_manifest(cbor)
        if (self.storage / (self.manifests[package["name"]][1] + ".names")).exists():
            names = [self.name("entry", encode(entry))[:12] for entry in manifest["files"]]
            assert self.entry_names(package["name"]) == names
        found = package_of(manifest, cbor)
        assert found["id"] == package_id and all(package["told"][key] == found[key] for key in found if key != "id")
        needed = {entry["blake3"] for entry in manifest["files"] if entry.get("size")}
        restore(manifest, {plain: self.content(plain) for plain in needed}, target)
        about = {key: package["told"][key] for key in ("subject", "producer")}
        return found | about | {"note": self.notes.get(package_id)}


def main(storage: str, identity_file: str, target: str):
    lines = pathlib.Path(identity_file).read_text().splitlines()
    secret = next(line for line in lines if line.startswith("AGE-SECRET-KEY-1"))
    store = Encrypted(pathlib.Path(storage), X25519PrivateKey.from_private_bytes(bech32_data(secret)))
    return [
        store.restore(package_id, pathlib.Path(target) / str(number))
        for number, package_id in enumerate(store.packages, 1)
    ]


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), indent=2))
