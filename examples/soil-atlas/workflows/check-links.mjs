#!/usr/bin/env node
// Checks that all relative links, and all that the heads of the pages refer to, exist. Lists what does not.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readFileSync(join(root, 'artifacts/sources.yaml'), 'utf8');
const pages = ['artifacts', 'reports', 'exports'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path)),
);

const broken = [];
let checked = 0;
function check(page, target, exists) {
  checked++;
  if (!exists) broken.push(`${page}: ${target}`);
}

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  const head = /^---\n(.*?)\n---\n/s.exec(text)?.[1] ?? '';
  const files = [
    ...Array.from(text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g), ([, target]) => target),
    ...Array.from(head.matchAll(/^(?:entity|figure): (.+)$/gm), ([, target]) => target),
  ];
  for (const file of files) check(page, file, existsSync(join(root, dirname(page), file)));
  const workflow = /^workflow: (.+)$/m.exec(head)?.[1];
  if (workflow) check(page, workflow, existsSync(join(root, 'workflows', `${workflow}.yaml`)));
  for (const source of /^sources: \[(.+)\]$/m.exec(head)?.[1].split(', ') ?? []) {
    check(page, source, sources.includes(`\n${source}:\n`));
  }
}

for (const line of broken) process.stderr.write(`${line}\n`);
process.stdout.write(`${pages.length} pages, ${checked} references, ${broken.length} broken\n`);
process.exitCode = broken.length > 0 ? 1 : 0;
