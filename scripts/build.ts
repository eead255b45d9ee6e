/**
 * Builds the published package: in `lib/` the library and the Nx plugin module by module, and the command line as a bundle,
 * since loading modules would take a third of its run time; in `man/` the manual page.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manOf } from '../src/cli/man.ts';
import { commandLine } from '../src/cli/program.ts';
import { bundleProgram, repository, run } from './bundle.ts';

const lib = join(repository, 'lib');
const modules = join(lib, 'src');
const cli = join(lib, 'cli');

rmSync(lib, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
bundleProgram(join(modules, 'cli/main.js'), join(modules, 'artifact-store/packs/worker.js'), cli);
rmSync(join(modules, 'cli'), { recursive: true });
// It would make the bundle a separate package, and so hide this package's version from it.
rmSync(join(cli, 'package.json'));

const man = join(repository, 'man');
mkdirSync(man, { recursive: true });
writeFileSync(join(man, 'infospace-archive.1'), manOf(commandLine()));
