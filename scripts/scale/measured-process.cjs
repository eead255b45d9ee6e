/**
 * Loaded into each command that is measured: writes down, when it ends, the largest resident set of the whole process and
 * the processor time of all its threads. Linux counts what started a process in with its resource usage; its own is in /proc.
 */
const { isMainThread } = require('node:worker_threads');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

const shift = Number(process.env.SCALE_CLOCK_MS ?? 0);
if (shift !== 0) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() + shift);
      else super(...parts);
    }
    static now() {
      return RealDate.now() + shift;
    }
  };
}

if (isMainThread) {
  process.on('exit', () => {
    const peakKibibytes = existsSync('/proc/self/status')
      ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
      : process.resourceUsage().maxRSS;
    const { user, system } = process.cpuUsage();
    writeFileSync(process.env.SCALE_MEASURED, JSON.stringify({ peakKibibytes, cpuSeconds: (user + system) / 1e6 }));
  });
}
