import { parentPort } from 'node:worker_threads';
import { systemErrorCode } from '../errors.ts';
import { type Tasks, tasks } from './tasks.ts';
import { movedBuffers, type TaskReply, type TaskRequest } from './worker-pool.ts';

const port = parentPort!;

port.on('message', ({ id, name, argument }: TaskRequest) => {
  let reply: TaskReply;
  try {
    reply = {
      id,
      result: (tasks[name] as (argument: Parameters<Tasks[typeof name]>[0]) => unknown)(argument as never),
    };
  } catch (error) {
    const { message, stack } = error as Error;
    reply = { id, error: { message, stack, code: systemErrorCode(error) } };
  }
  port.postMessage(reply, movedBuffers(reply.result));
});
