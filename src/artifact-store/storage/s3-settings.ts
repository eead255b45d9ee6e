/** Which bucket, and how it is spoken to. */
export interface S3Settings {
  bucket: string;
  keyPrefix: string;
  endpointUrl: string | undefined;
  region: string | undefined;
  /** Undefined: the ordinary AWS credential chain. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined;
  forcePathStyle: boolean;
  storageClass: string | undefined;
  serverSideEncryption: string | undefined;
}
