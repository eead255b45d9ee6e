import { parentPort } from 'node:worker_threads';
import { systemErrorCode } from '../errors.ts';
import { type Task, TaskStopped, tasks } from './tasks.ts';
import { movedBuffers, type TaskReply, type TaskRequest } from './worker-pool.ts';

const port = parentPort!;

port.on('message', ({ id, name, argument, stop }: TaskRequest) => {
  const checkStop = () => {
    if (stop !== undefined && Atomics.load(stop, 0) === 1) throw new TaskStopped();
  };
  let reply: TaskReply;
  try {
    checkStop();
    reply = { id, result: (tasks[name] as Task)(argument as never, checkStop) };
  } catch (error) {
    const { message, stack } = error as Error;
    reply =
      error instanceof TaskStopped
        ? { id, isStopped: true }
        : { id, error: { message, stack, code: systemErrorCode(error) } };
  }
  port.postMessage(reply, movedBuffers(reply.result));
});
