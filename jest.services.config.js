import shared from './jest.shared.js';

/** What needs PostgreSQL and S3 servers; scripts/test-services.ts starts them. */
export default {
  ...shared,
  testMatch: ['<rootDir>/__tests__/services/**/*.test.ts'],
  testPathIgnorePatterns: [],
  // They share servers and nothing on them.
  maxWorkers: 2,
};
