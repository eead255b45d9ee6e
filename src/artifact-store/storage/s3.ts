import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
  type ServerSideEncryption,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { asBuffer } from '../encoding/as-buffer.ts';
import { ArchiveError, isArchiveError, systemErrorCode } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import {
  type ByteRange,
  CreateUnsupported,
  type RequestCounts,
  type StorageBackend,
  type StoredObject,
} from './backend.ts';
import { getIfAny } from './get-if-any.ts';
import { isKey, requireKey } from './keys.ts';
import { missing, otherBytes, requireSize, tooShort } from './object-faults.ts';
import { createClient, NEEDS_CONDITION } from './s3-client.ts';
import { bucketOf, explainS3Error, isConflict, isNotImplemented, isRefusedFeature } from './s3-errors.ts';
import type { S3Settings } from './s3-settings.ts';
import { type ObjectSummary, Source } from './s3-source.ts';
import { skewOf } from './storage-clock.ts';

/** Objects of this size or more are uploaded in parts. Above a pack, which has 16 MiB and a little more. */
const MULTIPART_BYTES = 24 * 1024 * 1024;
/** S3 allows 10,000 parts, which limits one object to 156 GiB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Parts in flight for one upload; times the size of a part, this bounds memory. */
const PARTS_AT_ONCE = 3;
const MAX_LIST_TRIES = 3;
/** Pauses before retries when a body broke off, or an object reported as existing cannot be read. */
const READ_RETRY_PAUSES_MS = [100, 400, 1600];

/**
 * Stores objects in a bucket of AWS S3 or of any server with its API. Every upload carries the MD5 of its bytes, so that a
 * server never stores damaged ones.
 */
export class S3Storage implements StorageBackend {
  readonly backendId = 's3';
  readonly requests: RequestCounts = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
  readonly #settings: S3Settings;
  readonly #client: S3Client;
  #createsAtomically = false;
  #clockSkewMs: number | undefined;
  /** Whether the response to a deletion showed a versioned bucket. */
  #hidAnObject = false;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.#client = createClient(settings, this.requests, (time) => {
      this.#clockSkewMs = skewOf(time.getTime(), Date.now());
    });
  }

  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  relyOnCreate(): void {
    this.#createsAtomically = true;
  }

  async put(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    const source = new Source(pieces, signal);
    // A server without conditional writes ignores the header, so this looks for the object first.
    const existing = this.#createsAtomically ? undefined : await this.head(key);
    if (existing) return this.#requireSame(existing, await source.summarize(), signal);
    try {
      const start = await source.take(MULTIPART_BYTES);
      await (source.ended
        ? this.#putWhole(key, start, signal)
        : this.#putParts(key, source.startingWith(start), signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (source.failed) throw source.failure;
      const written = mayBeStored(error) ? await this.head(key) : undefined;
      if (!written) throw this.#explainPut(error, key);
      await this.#requireSame(written, await source.summarize(), signal);
    }
  }

  /** A refusal of a retry proves no wrong setting: the first try may have stored the object. */
  #explainPut(error: unknown, key: string): unknown {
    const explained = this.#explain(error, `write "${key}"`);
    const isLost = isArchiveError(explained, 'CONFIG_INVALID') && attemptsOf(error) > 1;
    return isLost ? new ArchiveError('STORE_UNAVAILABLE', explained.message, error) : explained;
  }

  async #putWhole(key: string, bytes: Buffer, signal: AbortSignal | undefined): Promise<void> {
    await this.#client.send(new PutObjectCommand({ ...this.#newObject(key), Body: bytes }), abortedBy(signal));
  }

  async #putParts(key: string, pieces: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Promise<void> {
    const upload = new Upload({
      client: stoppable(this.#client, signal),
      params: { ...this.#newObject(key), Body: Readable.from(pieces, { objectMode: false }) },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    await upload.done();
  }

  /** @throws ArchiveError `INTEGRITY` when the object has other bytes. */
  async #requireSame(
    { key, size }: StoredObject,
    { bytes, digest }: ObjectSummary,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (size !== bytes) throw otherBytes(key);
    const hash = blake3.createHash();
    for (let offset = 0; offset < size; offset += PART_BYTES) {
      hash.update(await this.get(key, { offset, length: Math.min(PART_BYTES, size - offset) }, signal));
    }
    if (!sameBytes(hash.digest(), digest)) throw otherBytes(key);
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    for (const pause of [...READ_RETRY_PAUSES_MS, undefined]) {
      if (await this.#isCreated(key, bytes)) return 'created';
      const there = await getIfAny(this, key);
      if (there) return asBuffer(there).equals(bytes) ? 'created' : 'exists';
      // Some servers refuse while another write is not yet readable, and that write may still fail.
      if (pause !== undefined) await sleep(pause * (0.5 + Math.random()));
    }
    const sentence = `The server of ${bucketOf(this.#settings)} refuses to create "${key}" since it exists, but cannot read it; try again.`;
    throw new ArchiveError('STORE_UNAVAILABLE', sentence);
  }

  /** @returns false when the server says that the object exists. */
  async #isCreated(key: string, bytes: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#newObject(key), Body: asBuffer(bytes) });
    command.middlewareStack.add(
      (next, context) => (args) => {
        context[NEEDS_CONDITION] = true;
        return next(args);
      },
      { step: 'initialize', name: NEEDS_CONDITION },
    );
    try {
      await this.#client.send(command);
      return true;
    } catch (error) {
      if (isNotImplemented(error)) {
        const sentence = `The server of ${bucketOf(this.#settings)} has no conditional writes`;
        throw new CreateUnsupported(`${sentence}; use another one, or a database.`, error);
      }
      if (isExisting(error)) return false;
      throw this.#explain(error, `create "${key}"`);
    }
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (range?.length === 0) return new Uint8Array();
    const input = {
      ...this.#object(key),
      ...(range && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    };
    for (const pause of [...READ_RETRY_PAUSES_MS, undefined]) {
      try {
        const { Body, ContentLength } = await this.#client.send(new GetObjectCommand(input), abortedBy(signal));
        if (range === undefined) requireSize(key, ContentLength ?? 0);
        const bytes = await Body!.transformToByteArray();
        if (bytes.byteLength === (range?.length ?? ContentLength ?? bytes.byteLength)) return bytes;
        if (range && ContentLength === bytes.byteLength) throw tooShort(key);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof ArchiveError) throw error;
        if (error instanceof S3ServiceException && error.name === 'NoSuchKey') throw missing(key, error);
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 416) throw tooShort(key, error);
        // The SDK has already retried failures before the body.
        if (status !== undefined || pause === undefined) throw this.#explain(error, `read "${key}"`);
      }
      if (pause === undefined) continue;
      await sleep(pause * (0.5 + Math.random()), undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
    throw new ArchiveError(
      'STORE_UNAVAILABLE',
      `Could not read "${key}" in the bucket "${this.#settings.bucket}": it breaks off every time; check the network.`,
      undefined,
      { key },
    );
  }

  async head(key: string): Promise<StoredObject | undefined> {
    const object = this.#object(key);
    try {
      const { ContentLength, LastModified } = await this.#client.send(new HeadObjectCommand(object));
      return { key, size: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) };
    } catch (error) {
      // A missing bucket looks the same, since HEAD has no body; the next request will tell.
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
      throw this.#explain(await this.#withReason(error), `look up "${key}"`);
    }
  }

  /** Sends another request to learn what is wrong, since the response to HEAD has no body. */
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
      const { DeleteMarker } = await this.#client.send(new DeleteObjectCommand(object));
      this.#hidAnObject ||= DeleteMarker === true;
    } catch (error) {
      throw this.#explain(error, `delete "${key}"`);
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    const StartAfter = after === undefined ? undefined : this.#fullKey(after);
    let token: string | undefined;
    do {
      const Prefix = this.#fullKey(prefix);
      const input = { Bucket: this.#settings.bucket, Prefix, StartAfter, ContinuationToken: token };
      const page = await this.#listPage(input).catch((error: unknown) => {
        throw this.#explain(error, `list "${prefix}"`);
      });
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const key = Key!.slice(this.#fullKey('').length);
        // Some servers ignore StartAfter.
        const isAfter = after === undefined || key > after;
        if (isKey(key) && isAfter) yield { key, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Retries unreadable responses, which were damaged in transfer; the SDK does not. */
  async #listPage(input: ListObjectsV2CommandInput): Promise<ListObjectsV2CommandOutput> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#client.send(new ListObjectsV2Command(input));
      } catch (error) {
        const isUnreadable = !(error instanceof S3ServiceException) && systemErrorCode(error) === undefined;
        if (!isUnreadable || tries === MAX_LIST_TRIES) throw error;
      }
    }
  }

  async removeUnfinished(before: Date): Promise<string | undefined> {
    const Bucket = this.#settings.bucket;
    try {
      for await (const { Uploads = [] } of this.#multipartUploads()) {
        for (const { Key, UploadId, Initiated } of Uploads) {
          const isOurs = Key?.startsWith(this.#fullKey('')) === true;
          if (!isOurs || Initiated === undefined || Initiated >= before) continue;
          await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        }
      }
    } catch (error) {
      // The upload finished meanwhile; some servers answer the same when there are none.
      if (isUploadGone(error)) return undefined;
      if (!isRefusedFeature(error)) throw this.#explain(error, 'remove unfinished uploads');
      const sentence = `The unfinished uploads in ${bucketOf(this.#settings)} cannot be listed or aborted (${(error as Error).name})`;
      return `${sentence}; let a lifecycle rule of the bucket remove them (AbortIncompleteMultipartUpload).`;
    }
    return undefined;
  }

  async keepsVersions(): Promise<boolean> {
    try {
      const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket: this.#settings.bucket }));
      // Suspended versioning keeps the older versions too.
      return Status !== undefined;
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw this.#explain(error, 'look up the versioning');
      // Many servers lack this request or do not allow it.
      return this.#hidAnObject;
    }
  }

  async *#multipartUploads(): AsyncIterable<ListMultipartUploadsCommandOutput> {
    // Without a prefix, since MinIO would match it as a whole key.
    const asked = { Bucket: this.#settings.bucket };
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const from = page && { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      page = await this.#client.send(new ListMultipartUploadsCommand({ ...asked, ...from }));
      yield page;
    } while (page.IsTruncated);
  }

  async health(): Promise<void> {
    const probe = `health-${randomUUID()}`;
    await this.put(probe, [Buffer.from('ok')]);
    await this.delete(probe);
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
}

function abortedBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

/** A client for one multipart upload. The signal stops only parts: requests that begin or abort the upload finish. */
function stoppable(client: S3Client, signal: AbortSignal | undefined): S3Client {
  if (signal === undefined) return client;
  const send = (command: Parameters<S3Client['send']>[0]) =>
    client.send(command, command instanceof UploadPartCommand ? { abortSignal: signal } : {});
  return Object.create(client, { send: { value: send } }) as S3Client;
}

function attemptsOf(error: unknown): number {
  return (error instanceof S3ServiceException ? error.$metadata.attempts : undefined) ?? 1;
}

/** The object exists: another writer stored it, or an earlier try of this request whose response was lost. */
function isExisting(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

/** The responses to a retried write if an earlier try did store the object. */
function mayBeStored(error: unknown): boolean {
  return isExisting(error) || isUploadGone(error) || isConflict(error) || isCutOff(error);
}

/** A server may answer that the object exists, and end the connection, before it has read the whole body; the answer is then lost. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && /ECONNRESET|EPIPE/.test(`${systemErrorCode(error)} ${error.message}`);
}

/** The upload was completed by an earlier try whose response was lost, or it was aborted. */
function isUploadGone(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'NoSuchUpload';
}
