/** The bucket, and how to connect to it. */
export interface S3Settings {
  bucket: string;
  keyPrefix: string;
  endpointUrl: string | undefined;
  region: string | undefined;
  /** Undefined means the default AWS credential chain. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined;
  forcePathStyle: boolean;
  storageClass: string | undefined;
  serverSideEncryption: string | undefined;
}
