import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJson } from '../cli/fixtures.ts';
import { noise } from '../infospace/fixtures.ts';
import { serve, Visit } from '../page/fixtures.ts';

/** A served infospace, and the variables of its store. */
export interface ServedStore {
  root: string;
  env: Record<string, string>;
}

/** Larger than one request to a bucket. */
export const SERVED_FILE = { 'output/large.bin': noise(3_000_000, 'served').toString('latin1') };

/**
 * The pages of `serve` for a store of any kind.
 *
 * @param begin makes an infospace with {@link SERVED_FILE}, and a store that is ready.
 */
export function servesStore(begin: () => Promise<ServedStore>): void {
  test('"serve" shows packages, a tree, a file, its bytes, differences, and the log', async () => {
    const { root, env } = await begin();
    const archive = async (note: string) =>
      ((await runJson(['archive', root, '--note', note], env)) as { package_id: string }).package_id;
    const first = await archive('first edition');
    appendFileSync(join(root, 'artifacts/overview.md'), '\nMore.\n');
    const second = await archive('second edition');
    const { child, url } = await serve(root, env);
    try {
      const visit = await Visit.of(url);
      const show = async (path: string, query: Record<string, string> = {}) => {
        const { status, text } = await visit.get(`${path}?${new URLSearchParams(query)}`);
        expect({ path, status, text }).toMatchObject({ path, status: 200 });
        return text;
      };
      const list = await show('/');
      for (const part of [first, second, 'first edition', 'second edition', '2 packages']) expect(list).toContain(part);
      expect(await show(`/packages/${first}/files`, { folder: 'artifacts' })).toMatch(
        /data\/.*latest\.md.*overview\.md/s,
      );
      const file = await show(`/packages/${first}/file`, { path: 'artifacts/data/table.csv' });
      expect(file).toContain('1 row.');
      const raw = { path: 'output/large.bin' };
      const whole = Object.values(SERVED_FILE)[0]!;
      const bytes = await visit.get(`/packages/latest/raw?${new URLSearchParams(raw)}`);
      expect(Buffer.from(bytes.text).equals(Buffer.from(whole))).toBe(true);
      const part = await visit.get(`/packages/latest/raw?${new URLSearchParams(raw)}`, { range: 'bytes=-4' });
      expect(part).toMatchObject({ status: 206, headers: { 'content-length': '4' } });
      expect(await show('/compare', { before: first, after: second })).toMatch(/1 changed; \d+ entries are the same/);
      const lines = { before: first, after: second, path: 'artifacts/overview.md' };
      expect(await show('/compare/file', lines)).toContain('<ins>More.</ins>');
      expect(await show('/log')).toMatch(new RegExp(`Package archived.*${second}.*Package archived.*${first}`, 's'));
    } finally {
      child.kill('SIGINT');
    }
    expect(await once(child, 'exit')).toEqual([0, null]);
  }, 120_000);
}
