import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from '../errors.ts';

/**
 * A mark is part of the name or content of something that a process owns while it runs. It contains where the process runs,
 * its id, its start time and random digits, so that another process can tell whether the owner has ended, without
 * comparing clocks.
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
 * - `running`: the process runs or may be running.
 * - `ended`: it has certainly ended.
 * - `elsewhere`: it ran on another machine, in another container, or before this one started.
 */
export type ProcessState = 'running' | 'ended' | 'elsewhere';

export function stateOfMarked(mark: string): ProcessState {
  const [, place, id, started] = MARK.exec(mark) ?? [];
  if (place !== PLACE) return 'elsewhere';
  try {
    process.kill(Number(id), 0);
  } catch (error) {
    // EPERM means that the process exists and belongs to another user.
    if (systemErrorCode(error) === 'ESRCH') return 'ended';
  }
  const found = statOf(Number(id));
  return found !== undefined && (found.isDead || found.started !== started) ? 'ended' : 'running';
}

/** Process ids are unique within a place: on Linux, within one boot of a machine and one PID namespace. */
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

/** Reads proc_pid_stat(5). Undefined on other systems, or if other users' processes are hidden. */
function statOf(id: number): { started: string; isDead: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${id}/stat`, 'latin1');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  // The program's name, in parentheses, may contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { started: fields[19]!, isDead: fields[0] === 'Z' || fields[0] === 'X' };
}
