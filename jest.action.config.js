import shared from './jest.shared.js';

/** The built action in dist/: alone in a folder, and in workflows that act runs. */
export default {
  ...shared,
  testMatch: ['<rootDir>/__tests__/e2e/action/**/*.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 120_000,
};
