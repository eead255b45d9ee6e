/** Begins the names of folders in which restores write before they move what they wrote. */
export const STAGING_PREFIX = '.infospace-restore-';
