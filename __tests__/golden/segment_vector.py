"""Prints the test vector of a segment, as docs/format.md has it: its stored bytes, and its CBOR with what each part is.

    segment_vector.py <file of the segment> <its key>
"""

import pathlib
import sys

import blake3
import zstandard

WIDTH = 34


def lines(data: bytes, note: str, depth: int = 0):
    """The bytes in rows, what they are to the right of the first one."""
    rows = [data[i : i + WIDTH].hex() for i in range(0, len(data), WIDTH)]
    for row, text in zip(rows, ["  " * depth + note] + [""] * len(rows)):
        yield f"{row:<70}{text}".rstrip()


class Cursor:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

    def head(self) -> tuple[bytes, int, int]:
        start = self.at
        first = self.take(1)[0]
        info = first & 31
        value = info if info < 24 else int.from_bytes(self.take(1 << info - 24), "big")
        return self.data[start : self.at], first >> 5, value


def annotate(cursor: Cursor, depth: int = 0, name: str = ""):
    label = f"{name}: " if name else ""
    head, major, value = cursor.head()
    if major == 0:
        yield from lines(head, f"{label}{value}", depth)
    elif major == 2:
        body = cursor.take(value)
        yield from lines(head, f"{label}{value} bytes", depth)
        yield from lines(body, "", depth)
    elif major == 3:
        body = cursor.take(value)
        yield from lines(head + body, f'{label}"{body.decode()}"', depth)
    elif major == 4:
        yield from lines(head, f"{label}list of {value}", depth)
        for _ in range(value):
            yield from annotate(cursor, depth + 1)
    elif major == 5:
        yield from lines(head, f"{label}map of {value}", depth)
        for _ in range(value):
            start = cursor.at
            _, _, length = cursor.head()
            key = cursor.take(length).decode()
            digits = cursor.data[start : cursor.at].hex()
            first, *rest = annotate(cursor, depth + 1, key)
            value_digits, note = first[:70].strip(), first[70:]
            if len(digits) + len(value_digits) < 68:
                yield f"{digits} {value_digits}".ljust(70) + note
            else:
                yield digits
                yield first
            yield from rest
    else:
        yield from lines(head, label + {20: "false", 21: "true", 22: "null"}[value], depth)


def block(comment: str, rows) -> str:
    return "\n".join([f"<!-- {comment} -->", "```text", *rows, "```"])


file, key = sys.argv[1:]
stored = pathlib.Path(file).read_bytes()
raw = zstandard.ZstdDecompressor().decompressobj().decompress(stored[12:])
print(
    block(
        f"bytes of ../../../v3/store/storage/{key}",
        [
            *lines(stored[:8], "magic: ASLG, version 1, no flags"),
            *lines(stored[8:12], f"raw length: {len(raw)}"),
            *lines(stored[12:], "one zstd frame"),
        ],
    )
)
print(f"\nIts BLAKE3, which the next segment names, is `{blake3.blake3(stored).hexdigest()}`. It unpacks to:\n")
print(block(f"bytes that digest to {blake3.blake3(raw).hexdigest()}", annotate(Cursor(raw))))
