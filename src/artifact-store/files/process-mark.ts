import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from '../errors.ts';

/**
 * A mark is part of the name or content of something that belongs to a process while it runs: where the process runs, its
 * id, when it started, and random digits. Whoever finds it can tell that its process has ended, without comparing clocks.
 */
const MARK = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}$/;

/** @returns a new mark of this process, different from all others. */
export function newMark(): string {
  return `${PLACE}-${process.pid}-${STARTED}-${randomBytes(6).toString('hex')}`;
}

export function isMark(text: string): boolean {
  return MARK.test(text);
}

/**
 * - `running`: the process runs, or may do so.
 * - `ended`: it certainly does not.
 * - `elsewhere`: it ran on another machine, in another container, or before this one started.
 */
export type ProcessState = 'running' | 'ended' | 'elsewhere';

export function stateOfMarked(mark: string): ProcessState {
  const [, place, id, started] = MARK.exec(mark) ?? [];
  if (place !== PLACE) return 'elsewhere';
  try {
    process.kill(Number(id), 0);
  } catch (error) {
    // EPERM says that it is somebody else's.
    if (systemErrorCode(error) === 'ESRCH') return 'ended';
  }
  const found = statOf(Number(id));
  return found !== undefined && (found.isDead || found.started !== started) ? 'ended' : 'running';
}

/** Processes of one place have ids that differ. On Linux it is one boot of a machine and one namespace of ids in it. */
const PLACE = createHash('sha256').update(placeOfIds()).digest('hex').slice(0, 12);
const STARTED = statOf(process.pid)?.started ?? '0';

function placeOfIds(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1') + readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return hostname();
  }
}

/** What proc_pid_stat(5) tells; undefined on other systems, and where other users' processes are hidden. */
function statOf(id: number): { started: string; isDead: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${id}/stat`, 'latin1');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  // The name of the program, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { started: fields[19]!, isDead: fields[0] === 'Z' || fields[0] === 'X' };
}
