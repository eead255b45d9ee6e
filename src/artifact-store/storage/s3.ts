import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
  type ServerSideEncryption,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { asBuffer } from '../encoding/as-buffer.ts';
import { ArchiveError } from '../errors.ts';
import type { ByteRange, RequestCounts, StorageBackend, StoredObject } from './backend.ts';
import { isKey, requireKey } from './keys.ts';
import { explainS3Error } from './s3-errors.ts';
import type { S3Settings } from './s3-settings.ts';

/** What does not end below this many bytes is uploaded in parts; a pack, of 16 MiB and a little more, does. */
const MULTIPART_BYTES = 24 * 1024 * 1024;
/** S3 takes 10,000 parts, so this also bounds one object: 156 GiB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Parts in flight for one upload; with the size of a part this bounds memory. */
const PARTS_AT_ONCE = 3;
/** Tries of one request, the first included, with the pauses and jitter of the SDK's standard mode. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 5000;
/** Silence on a connection, not the length of a request. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;
/** Pauses before a body that broke off is asked for again. */
const BODY_RETRY_PAUSES_MS = [100, 400, 1600];
/** What S3-compatible servers take for granted when no region is given. */
const DEFAULT_REGION = 'us-east-1';

/**
 * Objects in a bucket of AWS S3 or anything that speaks its API. Every upload carries the MD5 of its bytes, so a server
 * stores what was sent or nothing.
 */
export class S3Storage implements StorageBackend {
  readonly backendId = 's3';
  readonly requests: RequestCounts = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
  readonly #client: S3Client;
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.#client = new S3Client({
      region: settings.region ?? (settings.endpointUrl === undefined ? undefined : DEFAULT_REGION)!,
      ...(settings.endpointUrl !== undefined && { endpoint: settings.endpointUrl }),
      ...(settings.credentials && { credentials: credentialsOf(settings.credentials) }),
      forcePathStyle: settings.forcePathStyle,
      maxAttempts: MAX_ATTEMPTS,
      // The newer checksums and their trailers are not understood by many S3-compatible servers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: IDLE_TIMEOUT_MS,
        httpsAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
        httpAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
      }),
    });
    this.#countRequests();
    this.#sendMd5();
  }

  async put(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<number> {
    signal?.throwIfAborted();
    // A server that knows no conditional writes ignores the header, so the object is looked for as well.
    if (await this.head(key)) return 0;
    const source = new Source(pieces);
    try {
      const start = await source.take(MULTIPART_BYTES);
      if (source.ended) {
        await this.#client.send(new PutObjectCommand({ ...this.#newObject(key), Body: start }), abortedBy(signal));
        return start.byteLength;
      }
      const upload = new Upload({
        client: stoppable(this.#client, signal),
        params: { ...this.#newObject(key), Body: Readable.from(partsOf(start, source), { objectMode: false }) },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
        leavePartsOnError: false,
      });
      await upload.done();
      return source.bytes;
    } catch (error) {
      signal?.throwIfAborted();
      if (source.failed) throw source.failure;
      if (isExisting(error)) return 0;
      throw this.#explain(error, `write "${key}"`);
    }
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (range?.length === 0) return new Uint8Array();
    const input = {
      ...this.#object(key),
      ...(range && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    };
    for (const pause of [...BODY_RETRY_PAUSES_MS, undefined]) {
      try {
        const { Body, ContentLength } = await this.#client.send(new GetObjectCommand(input), abortedBy(signal));
        const bytes = await Body!.transformToByteArray();
        if (bytes.byteLength === (range?.length ?? ContentLength ?? bytes.byteLength)) return bytes;
        if (range && ContentLength === bytes.byteLength) throw tooShort(key);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof ArchiveError) throw error;
        if (error instanceof S3ServiceException && error.name === 'NoSuchKey') throw missing(key, error);
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 416) throw tooShort(key, error);
        // The SDK has tried again what failed before the body began.
        if (status !== undefined || pause === undefined) throw this.#explain(error, `read "${key}"`);
      }
      if (pause === undefined) continue;
      await sleep(pause * (0.5 + Math.random()), undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
    throw new ArchiveError(
      'STORE_UNAVAILABLE',
      `Could not read "${key}" in the bucket "${this.#settings.bucket}": it breaks off every time; check the network.`,
    );
  }

  async head(key: string): Promise<StoredObject | undefined> {
    const object = this.#object(key);
    try {
      const { ContentLength, LastModified } = await this.#client.send(new HeadObjectCommand(object));
      return { key, size: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) };
    } catch (error) {
      // Without a body, a missing bucket looks the same; whatever comes next tells.
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
      throw this.#explain(await this.#withReason(error), `look up "${key}"`);
    }
  }

  /** The answer to HEAD has no body to say what is wrong; that to another request has. */
  async #withReason(error: unknown): Promise<unknown> {
    if (!(error instanceof S3ServiceException)) return error;
    const list = new ListObjectsV2Command({ Bucket: this.#settings.bucket, Prefix: this.#fullKey(''), MaxKeys: 1 });
    return this.#client.send(list).then(
      () => error,
      (reason: unknown) => reason,
    );
  }

  async delete(key: string): Promise<void> {
    const object = this.#object(key);
    try {
      await this.#client.send(new DeleteObjectCommand(object));
    } catch (error) {
      throw this.#explain(error, `delete "${key}"`);
    }
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    let token: string | undefined;
    do {
      const input = { Bucket: this.#settings.bucket, Prefix: this.#fullKey(prefix), ContinuationToken: token };
      const page = await this.#client.send(new ListObjectsV2Command(input)).catch((error: unknown) => {
        throw this.#explain(error, `list "${prefix}"`);
      });
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const key = Key!.slice(this.#fullKey('').length);
        if (isKey(key)) yield { key, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async removeUnfinished(before: Date): Promise<void> {
    const Bucket = this.#settings.bucket;
    try {
      for await (const { Uploads = [] } of this.#multipartUploads()) {
        for (const { Key, UploadId, Initiated } of Uploads) {
          if (Initiated === undefined || Initiated >= before) continue;
          await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        }
      }
    } catch (error) {
      // One that is gone was finished meanwhile; some servers say the same when there is none.
      if ((error as Error).name !== 'NoSuchUpload') throw this.#explain(error, 'remove unfinished uploads');
    }
  }

  async *#multipartUploads(): AsyncIterable<ListMultipartUploadsCommandOutput> {
    const asked = { Bucket: this.#settings.bucket, Prefix: this.#fullKey('') };
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const from = page && { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      page = await this.#client.send(new ListMultipartUploadsCommand({ ...asked, ...from }));
      yield page;
    } while (page.IsTruncated);
  }

  async health(): Promise<void> {
    const probe = `health/${randomUUID()}`;
    await this.put(probe, [Buffer.from('ok')]);
    await this.delete(probe);
  }

  async refusesOverwrite(key: string): Promise<boolean> {
    try {
      await this.#client.send(new PutObjectCommand({ ...this.#newObject(key), Body: Buffer.from('other') }));
      return false;
    } catch (error) {
      if (isExisting(error)) return true;
      throw this.#explain(error, `write "${key}"`);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #fullKey(key: string): string {
    return this.#settings.keyPrefix === '' ? key : `${this.#settings.keyPrefix.replace(/\/$/, '')}/${key}`;
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#settings.bucket, Key: this.#fullKey(requireKey(key)) };
  }

  #newObject(key: string): PutObjectCommandInput {
    const { storageClass, serverSideEncryption } = this.#settings;
    return {
      ...this.#object(key),
      IfNoneMatch: '*',
      ...(storageClass !== undefined && { StorageClass: storageClass as StorageClass }),
      ...(serverSideEncryption !== undefined && {
        ServerSideEncryption: serverSideEncryption as ServerSideEncryption,
      }),
    };
  }

  #explain(error: unknown, action: string): unknown {
    return explainS3Error(error, action, this.#settings);
  }

  #countRequests(): void {
    this.#client.middlewareStack.add(
      (next, context) => (args) => {
        this.requests[kindOf(context.commandName ?? '')]++;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'countRequests' },
    );
  }

  #sendMd5(): void {
    this.#client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { body?: unknown; headers: Record<string, string> } };
        if (request.body instanceof Uint8Array) {
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
        }
        return next(args);
      },
      { step: 'build', name: 'sendMd5' },
    );
  }
}

function abortedBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/** A client for one upload in parts. What begins the upload and what takes it back run to their end. */
function stoppable(client: S3Client, signal: AbortSignal | undefined): S3Client {
  if (signal === undefined) return client;
  const send = (command: Parameters<S3Client['send']>[0]) =>
    client.send(command, command instanceof UploadPartCommand ? { abortSignal: signal } : {});
  return Object.create(client, { send: { value: send } }) as S3Client;
}

/** Commands as the bill counts them. */
function kindOf(command: string): keyof RequestCounts {
  if (command.startsWith('Get')) return 'get';
  if (command.startsWith('Head')) return 'head';
  if (command.startsWith('List')) return 'list';
  return /^(Delete|Abort)/.test(command) ? 'delete' : 'put';
}

/** Pieces, counted, and kept apart from what happens to them: an error of theirs is not the server's. */
class Source {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #stay: boolean;
  bytes = 0;
  ended = false;
  failed = false;
  failure: unknown;

  constructor(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.#stay = Array.isArray(pieces);
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** The next piece; copied, unless it stays, since its memory is the source's again when the one after is asked for. */
  async next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#pieces.next();
      this.ended = done === true;
      if (this.ended) return undefined;
      this.bytes += value.byteLength;
      return this.#stay ? asBuffer(value) : Buffer.from(value);
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
  }

  /** All that comes, up to the piece that reaches so many bytes. */
  async take(bytes: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    while (this.bytes < bytes) {
      const piece = await this.next();
      if (piece === undefined) break;
      taken.push(piece);
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
  }
}

async function* partsOf(start: Buffer, source: Source): AsyncIterable<Buffer> {
  yield start;
  for (let piece = await source.next(); piece !== undefined; piece = await source.next()) yield piece;
}

function credentialsOf({ sessionToken, ...keys }: NonNullable<S3Settings['credentials']>) {
  return sessionToken === undefined ? keys : { ...keys, sessionToken };
}

/** Somebody else has stored it, or an earlier try of the same request whose answer got lost. */
function isExisting(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

function missing(key: string, cause: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, cause);
}

function tooShort(key: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`, cause);
}
