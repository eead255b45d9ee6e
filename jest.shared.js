import { fileURLToPath } from 'node:url';

// Spares child processes and worker threads from compiling the sources every time. Threads heed the environment alone.
process.env.NODE_COMPILE_CACHE = fileURLToPath(new URL('node_modules/.cache/tests', import.meta.url));

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  testTimeout: 60_000,
  // Much of the time they wait: for disks, for processes they started.
  maxWorkers: '100%',
};
