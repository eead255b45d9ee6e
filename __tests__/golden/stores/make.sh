#!/usr/bin/env bash
# Makes a store with the command line of some version of this software:
#
#     make.sh <checkout of that version, with node_modules> <new folder>
#
# The folder gets `store`, `index.yaml`, `<n>.sha256` (what `sha256sum` says of the n-th package's files), `<n>.list` (what
# `find` says of all in it: type, executable or not, path, target of a link) and `package.bag.tar.zst`, the second package.
set -euo pipefail
checkout=$(realpath "$1")
mkdir "$2"
made=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

archive() { node "$checkout/src/cli/main.ts" archive atlas --store-root "$made/store" "$@"; }

# note-expected N: what the N-th package is to hold.
note_expected() {
  (cd atlas && find infospace.yaml artifacts output reports exports -type f -not -path 'output/archives/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum) >"$made/$1.sha256"
  (cd atlas && find infospace.yaml artifacts output reports exports -not -path 'output/archives*' \
    \( -type f -perm -u+x -printf 'executable %p\n' -o -type f -printf 'file %p\n' -o -type l -printf 'link %p %l\n' \
    -o -type d -empty -printf 'folder %p\n' \) | LC_ALL=C sort) >"$made/$1.list"
}

mkdir -p atlas/artifacts/entities atlas/output atlas/reports atlas/exports
printf 'slug: atlas\nname: Atlas of soils\n' >atlas/infospace.yaml
for n in $(seq 20); do printf 'Soil %d of 20: sand, silt and clay.\n' "$n" >"atlas/artifacts/entities/soil-$n.md"; done
cp atlas/artifacts/entities/soil-1.md atlas/artifacts/entities/copy-of-1.md
printf '土壤\n' >atlas/artifacts/黄土.md
: >atlas/output/empty.log
printf '#!/bin/sh\necho soil\n' >atlas/output/run.sh
chmod +x atlas/output/run.sh
ln -s 2026-01-01.md atlas/reports/latest.md
printf '# Review\n' >atlas/reports/2026-01-01.md
# An object of its own, in two frames, that compresses to next to nothing.
head -c 2500000 /dev/zero | tr '\0' a >atlas/output/large.txt
# What does not compress is stored as it is.
for n in $(seq 64); do printf 'soil %d' "$n" | sha256sum | cut -c-64 | xxd -r -p; done >atlas/exports/noise.bin

archive --note 'first edition'
note_expected 1
printf 'Soil 3 was wrong.\n' >>atlas/artifacts/entities/soil-3.md
rm atlas/artifacts/entities/soil-20.md
mkdir atlas/exports/pending
archive --note 'second edition' --retention-class permanent-record
note_expected 2
printf 'notes\n' >atlas/reports/2026-02-01.md
archive --include infospace.yaml --include reports --retention-class transient --producer hand
(cd atlas && sha256sum infospace.yaml reports/2026-01-01.md reports/2026-02-01.md) >"$made/3.sha256"
printf '%s\n' 'file infospace.yaml' 'file reports/2026-01-01.md' 'file reports/2026-02-01.md' \
  'link reports/latest.md 2026-01-01.md' >"$made/3.list"

cp atlas/output/archives/index.yaml "$made/index.yaml"
cat >program.mjs <<PROGRAM
import { openRegistry } from '$checkout/src/index.ts';
const registry = await openRegistry('$work/atlas', { storeRoot: '$made/store' }, 'write');
const [first, second] = await registry.listPackages();
await registry.applyHold(first.id, 'kept for a test');
await registry.exportPackage(second.id, { file: '$made/package.bag.tar.zst' });
await registry.close();
PROGRAM
node program.mjs
rm -rf "$made/store/stat-cache" "$made/store/.gitignore"
