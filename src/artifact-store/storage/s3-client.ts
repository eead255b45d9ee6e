import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { RequestCounts } from './backend.ts';
import { isConflict, isNotImplemented } from './s3-errors.ts';
import type { S3Settings } from './s3-settings.ts';

/** Attempts of one request, including the first, with the pauses and jitter of the SDK's standard mode. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 5000;
/** Limits silence on a connection, not the duration of a request. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;
/** The region that S3-compatible servers assume. */
const DEFAULT_REGION = 'us-east-1';

/**
 * A client that counts its requests and sends the MD5 of every body.
 *
 * @param onTime receives the server's time with every response.
 */
export function createClient(settings: S3Settings, requests: RequestCounts, onTime: (time: Date) => void): S3Client {
  const { endpointUrl, region, credentials, forcePathStyle } = settings;
  const client = new S3Client({
    region: region ?? (endpointUrl === undefined ? undefined : DEFAULT_REGION)!,
    ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
    ...(credentials && { credentials: credentialsOf(credentials) }),
    forcePathStyle,
    maxAttempts: MAX_ATTEMPTS,
    // Many S3-compatible servers do not understand the newer checksums and their trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With this header, the SDK opens a new connection for each large upload, and waits for the server before it sends the body.
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpsAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
      httpAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
    }),
  });
  client.middlewareStack.use(countingRequests(requests));
  client.middlewareStack.use(readingClock(onTime));
  client.middlewareStack.use(retryingConflicts());
  client.middlewareStack.use(sendingMd5());
  client.middlewareStack.use(droppingConditions());
  return client;
}

/** Set in the context of a command that must not be sent without its condition. */
export const NEEDS_CONDITION = 'needsCondition';

const IF_NONE_MATCH = 'if-none-match';

interface HttpRequest {
  body?: unknown;
  headers: Record<string, string>;
}

function credentialsOf({ sessionToken, ...keys }: NonNullable<S3Settings['credentials']>) {
  return sessionToken === undefined ? keys : { ...keys, sessionToken };
}

type ClientPlugin = Parameters<S3Client['middlewareStack']['use']>[0];

function countingRequests(requests: RequestCounts): ClientPlugin {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next, context) => (args) => {
          requests[kindOf(context.commandName ?? '')]++;
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low', name: 'countingRequests' },
      ),
  };
}

/** Reads the Date header of every response (RFC 9110 §6.6.1), precise to the second. */
function readingClock(onTime: (time: Date) => void): ClientPlugin {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next) => async (args) => {
          const result = await next(args);
          const { date } = (result.response as { headers: Record<string, string> }).headers;
          if (date !== undefined) onTime(new Date(date));
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'readingClock' },
      ),
  };
}

/** The billing category of a command. */
function kindOf(command: string): keyof RequestCounts {
  if (command.startsWith('Get')) return 'get';
  if (command.startsWith('Head')) return 'head';
  if (command.startsWith('List')) return 'list';
  return /^(Delete|Abort)/.test(command) ? 'delete' : 'put';
}

/** AWS answers 409 during another conditional write of the key and expects a retry, which the SDK does not do. */
function retryingConflicts(): ClientPlugin {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next) => async (args) => {
          try {
            return await next(args);
          } catch (error) {
            if (isConflict(error)) Object.assign(error, { $retryable: { throttling: false } });
            throw error;
          }
        },
        { step: 'finalizeRequest', priority: 'low', name: 'retryingConflicts' },
      ),
  };
}

function sendingMd5(): ClientPlugin {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next) => (args) => {
          const { body, headers } = args.request as HttpRequest;
          if (body instanceof Uint8Array) headers['content-md5'] = createHash('md5').update(body).digest('base64');
          return next(args);
        },
        { step: 'build', name: 'sendingMd5' },
      ),
  };
}

/**
 * Repeats a write without its condition if the server does not implement conditions (Backblaze B2). This is safe: keys are
 * random or name their content, and `put` has checked that they do not exist.
 */
function droppingConditions(): ClientPlugin {
  let isSupported = true;
  return {
    applyToStack: (stack) =>
      stack.add(
        (next, context) => async (args) => {
          const { headers } = args.request as HttpRequest;
          if (!(IF_NONE_MATCH in headers) || context[NEEDS_CONDITION] === true) return next(args);
          if (!isSupported) {
            delete headers[IF_NONE_MATCH];
            return next(args);
          }
          try {
            return await next(args);
          } catch (error) {
            if (!isNotImplemented(error)) throw error;
            delete headers[IF_NONE_MATCH];
            const answer = await next(args);
            isSupported = false;
            return answer;
          }
        },
        { step: 'build', name: 'droppingConditions' },
      ),
  };
}
