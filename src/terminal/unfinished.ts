/** Awaits the work of a process. If the event loop runs empty before its end, the process fails instead of exiting with 0. */
export async function orFail<T>(work: Promise<T>, say: (sentence: string) => void): Promise<T> {
  const fail = () => {
    say('Stopped before the end, since nothing is left to wait for; this is a bug, report it with the command.');
    process.exit(1);
  };
  process.once('beforeExit', fail);
  try {
    return await work;
  } finally {
    process.off('beforeExit', fail);
  }
}
