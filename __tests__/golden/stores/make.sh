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

archive() { node "$checkout/src/cli/main.ts" archive "$@" --store-root "$made/store"; }

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
# Up to v3 an object of its own, in two frames, that compresses to next to nothing; then chunks.
head -c 2500000 /dev/zero | tr '\0' a >atlas/output/large.txt
# What does not compress is stored as it is.
for n in $(seq 64); do printf 'soil %d' "$n" | sha256sum | cut -c-64 | xxd -r -p; done >atlas/exports/noise.bin

archive atlas --note 'first edition'
note_expected 1
printf 'Soil 3 was wrong.\n' >>atlas/artifacts/entities/soil-3.md
rm atlas/artifacts/entities/soil-20.md
mkdir atlas/exports/pending
archive atlas --note 'second edition' --retention-class permanent-record
note_expected 2
# Another infospace in the same store. Its first draft has a file of the atlas before the atlas has it.
draft() {
  rm -rf draft
  mkdir -p draft/artifacts
  printf 'slug: draft\n' >draft/infospace.yaml
  for n in $(seq 20); do printf 'Draft %d, page %d.\n' "$1" "$n" >"draft/artifacts/$n.md"; done
  printf 'notes\n' >draft/artifacts/notes.md
  archive draft --retention-class transient
}
draft 1
printf 'notes\n' >atlas/reports/2026-02-01.md
archive atlas --include infospace.yaml --include reports --retention-class transient --producer hand
(cd atlas && sha256sum infospace.yaml reports/2026-01-01.md reports/2026-02-01.md) >"$made/3.sha256"
printf '%s\n' 'file infospace.yaml' 'file reports/2026-01-01.md' 'file reports/2026-02-01.md' \
  'link reports/latest.md 2026-01-01.md' >"$made/3.list"

cp atlas/output/archives/index.yaml "$made/index.yaml"
cat >program.mjs <<PROGRAM
import { openRegistry } from '$checkout/src/index.ts';
const registry = await openRegistry('$work/atlas', { storeRoot: '$made/store' }, 'write');
const [first, second, third] = (await registry.listPackages()).filter(({ subject }) => subject === 'atlas');
await registry.applyHold(first.id, 'kept for a test');
await registry.releaseHold(await registry.applyHold(second.id, 'kept for a while'), 'looked at');
await registry.extendRetention(third.id, new Date('2055-01-01'), 'contract 7');
await registry.close();
PROGRAM
cat >gc.mjs <<PROGRAM
import { openStore } from '$checkout/src/artifact-store/open-store.ts';
import { storeOf } from '$checkout/src/index.ts';
// When the drafts have expired.
const now = () => new Date(Date.now() + 8 * 24 * 60 * 60 * 1000);
const registry = await openStore(storeOf('$work/atlas', { storeRoot: '$made/store' }), { access: 'write', now, storageNow: now });
await registry.collectGarbage({ includeLast: true, graceMs: Number(process.argv[2]) });
await registry.close();
PROGRAM
node program.mjs
second=$(grep -oE 'package_id"?: *"?[0-9a-f-]{36}' "$made/index.yaml" | grep -oE '[0-9a-f-]{36}$' | sed -n 2p)
node "$checkout/src/cli/main.ts" export "$second" --to "$made/package.bag.tar.zst" --store-root "$made/store"
# What the atlas shares with the first draft is copied, and its pack removed; that of the second one is only retired.
node gc.mjs 0
draft 2
node gc.mjs 86400000
rm -rf "$made/store/stat-cache" "$made/store/.gitignore"
