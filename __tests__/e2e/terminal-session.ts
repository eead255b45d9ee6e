import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { cliFile, temporaryFolder } from '../infospace/fixtures.ts';

export const [COLUMNS, LINES] = [80, 24];
export const PROMPT = '$ ';

/** A folder with the command, run from the sources. */
function commandFolder(): string {
  const folder = temporaryFolder();
  const program = join(folder, 'infospace-archive');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${cliFile}" "$@"\n`);
  chmodSync(program, 0o755);
  return folder;
}

/** A shell in a terminal of the given size. */
export class Session {
  readonly #socket = join(temporaryFolder(), 'tmux');

  constructor(folder: string) {
    const settings = join(temporaryFolder(), 'bashrc');
    writeFileSync(settings, `PS1='${PROMPT}' PATH='${commandFolder()}':$PATH; export TZ=UTC LC_ALL=C.UTF-8 USER=ada\n`);
    const shell = `exec bash --noprofile --rcfile ${settings} -i`;
    this.#tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(LINES), '-c', folder, shell);
  }

  /**
   * Types a line, and returns the screen when the next prompt appears.
   *
   * @param options of tmux capture-pane: `-e` for colours.
   */
  async type(line: string, options: readonly string[] = []): Promise<string> {
    await this.#prompted();
    this.#tmux('send-keys', 'C-l');
    await sleep(100);
    this.#tmux('clear-history');
    this.#tmux('send-keys', '-l', line);
    this.#tmux('send-keys', 'Enter');
    await sleep(100);
    const screen = await this.#prompted(options);
    return screen.slice(0, screen.lastIndexOf('\n') + 1);
  }

  end(): void {
    this.#tmux('kill-server');
  }

  async #prompted(options: readonly string[] = []): Promise<string> {
    for (;;) {
      const screen = this.#tmux('capture-pane', '-p', '-J', '-S', '-', ...options)
        .replaceAll(/ +$/gm, '')
        .trimEnd();
      // Colours of the line before may end in it.
      const last = stripVTControlCharacters(screen.split('\n').at(-1)!).trim();
      if (last === PROMPT.trim()) return screen;
      await sleep(50);
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  }
}
