import { basename } from 'node:path';
import { expectAnySequence, LIMIT_MS, RUNS } from '../e2e/model/sequences.ts';
import type { StorageAt } from '../e2e/model/store.ts';
import { newBucket, s3Urls } from './servers.ts';

/** A nightly run; each request takes its time. */
const isWhole = process.env['TEST_ENCRYPTED_CONTRACT'] === 'whole';
const BUCKET_RUNS = Math.ceil(RUNS / 4);
const STEPS = 100;

const [url] = s3Urls;
(url === undefined || !isWhole ? test.skip : test).each([false, true])(
  'any sequence of steps leaves the bucket that the model of its log tells (encrypted: %s)',
  async (isEncrypted) => {
    const bucket = await newBucket(url!);
    const storageAt: StorageAt = (directory) => ({ ...bucket, keyPrefix: basename(directory) });
    await expectAnySequence({ storageAt, isEncrypted }, BUCKET_RUNS, STEPS);
  },
  4 * LIMIT_MS,
);
