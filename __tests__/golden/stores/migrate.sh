#!/usr/bin/env bash
# Makes a store that an older version began and some version of this software went on with:
#
#     migrate.sh <checkout of that version, with node_modules> <folder of an older store> <new folder>
#
# The folder gets what the older one has, and a fourth package, which is the second one and a file more.
set -euo pipefail
checkout=$(realpath "$1")
cp -r "$2" "$3"
made=$(realpath "$3")
rm -f "$made/stat-cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

run() { node "$checkout/src/cli/main.ts" "$@" --store-root "$made/store"; }

second=$(grep -oE 'package_id"?: *"?[0-9a-f-]{36}' "$made/index.yaml" | grep -oE '[0-9a-f-]{36}$' | sed -n 2p)
run restore "$second" --target atlas
mkdir -p atlas/output/archives
cp "$made/index.yaml" atlas/output/archives/index.yaml
printf 'The store has another format now.\n' >atlas/reports/2026-03-01.md
run archive atlas --note 'after the migration'
cp atlas/output/archives/index.yaml "$made/index.yaml"
(cat "$made/2.list" && echo 'file reports/2026-03-01.md') | LC_ALL=C sort >"$made/4.list"
(cat "$made/2.sha256" && cd atlas && sha256sum reports/2026-03-01.md) >"$made/4.sha256"
rm -rf "$made/store/stat-cache" "$made/store/.gitignore"
