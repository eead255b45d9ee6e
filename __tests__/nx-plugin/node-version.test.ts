import { requireNode } from '../../nx-plugin/executors/node-version.ts';
import { refusal } from '../infospace/fixtures.ts';

test('an old Node.js is reported before any module that would crash on it is loaded', () => {
  for (const version of ['20.19.5', '22.14.0', '18.0.0']) {
    expect(() => requireNode(version)).toThrow(refusal('USAGE', '>= 22.15', `v${version}`) as Error);
  }
  for (const version of ['22.15.0', '22.23.3', '24.0.0', process.versions.node]) requireNode(version);
});
