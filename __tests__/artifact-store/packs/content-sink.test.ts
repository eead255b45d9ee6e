import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { ContentSink } from '../../../src/artifact-store/packs/content-sink.ts';
import { placeContents, placeFrames, readTrailer } from '../../../src/artifact-store/packs/format.ts';
import { WorkerPool } from '../../../src/artifact-store/packs/worker-pool.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();

test('very many tiny contents fill frames of at most 4,096 and packs of about 65,536', async () => {
  const storage = new LocalStorage(await makeTempDir());
  const workers = new WorkerPool();
  try {
    const sink = new ContentSink(storage, workers);
    const contents = Array.from({ length: 150_000 }, (_, i) => Buffer.from(i.toString(36)));
    for (const content of contents) await sink.addSmall(blake3.hash(content), content);
    const packs = await sink.finish();
    expect(packs).toHaveLength(3);
    let count = 0;
    for (const { key, storedBytes } of packs) {
      const trailer = await readTrailer(key, storedBytes, (offset, length) => storage.get(key, { offset, length }));
      const starts = placeContents(trailer.contents).map(({ rawOffset }) => rawOffset);
      for (const { rawOffset, rawLength } of placeFrames(trailer.frames)) {
        const first = starts.indexOf(rawOffset);
        const after = starts.indexOf(rawOffset + rawLength, first);
        expect((after < 0 ? starts.length : after) - first).toBeLessThanOrEqual(4096);
      }
      count += trailer.contents.length;
    }
    expect(count).toBe(contents.length);
  } finally {
    await workers.close();
  }
});
