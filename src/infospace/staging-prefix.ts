/** Prefix of folders in which restores stage their files. */
export const STAGING_PREFIX = '.infospace-restore-';
