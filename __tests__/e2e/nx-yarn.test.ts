import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { indexFile } from '../infospace/fixtures.ts';
import { packProject } from './fixtures.ts';
import { NxWorkspace } from './nx-workspace.ts';

/** Every night, with TEST_YARN=1: Yarn downloads packages for all platforms, which npm skips. */
const withYarn = process.env['TEST_YARN'] ? test.each : test.skip.each;

withYarn(['node-modules', 'pnp'])(
  'generators and tasks work with packages in the layout of Yarn: %s',
  async (linker) => {
    const { tarball } = await packProject();
    const settings = `nodeLinker: ${linker}\nenableTelemetry: false\nenableImmutableInstalls: false\n`;
    const manifest = { name: 'ws', private: true, workspaces: ['spaces/*'], resolutions: { 'cbor-extract': '2.2.2' } };
    const files = { '.yarnrc.yml': settings, 'package.json': JSON.stringify(manifest), 'yarn.lock': '' };
    const workspace = await NxWorkspace.make({ nx: '24', manager: 'yarn', type: 'module', files });
    const yarn = (...args: string[]) => workspace.must('yarn', ...args);
    await yarn('add', '-D', `infospace-archive@file:${tarball}`);
    expect(existsSync(workspace.path('.pnp.cjs'))).toBe(linker === 'pnp');
    await yarn('nx', 'g', 'infospace-archive:init');
    await yarn('nx', 'g', 'infospace-archive:infospace', 'spaces/guide');
    expect(await yarn('nx', 'run', 'guide:archive')).toContain('Archived guide\n');
    expect(existsSync(indexFile(workspace.path('spaces/guide')))).toBe(true);
    expect(await yarn('nx', 'run', 'guide:verify')).toContain(': ok, ');
    const target = join(workspace.root, '../restored');
    expect(await yarn('nx', 'run', 'guide:restore', `--to=${target}`)).toContain('all checked.');
  },
  600_000,
);
