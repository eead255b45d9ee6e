import { encodeMagic } from '../encoding/magic.ts';
import { openBytes, type Sealing, sealBytes } from './aead.ts';
import { storeSalt } from './derive.ts';
import type { SessionKey } from './session-key.ts';

/** Version of packs with sealed frames. There is no version 3, since one flipped bit would turn 2 into 3. */
export const SEALED_PACK_VERSION = 4;

/** The keys of one pack: for its frames, numbered from 0, and for its table. */
export class PackKey {
  readonly session: SessionKey;
  /** The 16 random bytes in the pack's header. */
  readonly nonce: Uint8Array;
  readonly #frames: Buffer;
  readonly #about: Buffer;

  constructor(session: SessionKey, nonce: Uint8Array) {
    this.session = session;
    this.nonce = nonce;
    this.#frames = session.derive('frames', nonce);
    const magic = encodeMagic('ASPK', SEALED_PACK_VERSION);
    this.#about = Buffer.concat([magic, storeSalt(session.storeId), session.id, nonce]);
  }

  /** The parameters to seal or open a frame. */
  frame(number: number): Sealing {
    const about = Buffer.concat([this.#about, Buffer.alloc(4)]);
    about.writeUInt32LE(number, this.#about.byteLength);
    return { key: this.#frames, number, about };
  }

  /** @param names digest of the plain part of the table, which is authenticated with the sealed part. */
  sealTable(names: Uint8Array, plain: Uint8Array): Buffer {
    return sealBytes(this.#table(names), plain);
  }

  /** Returns undefined unless it is the table of this pack, with these names. */
  openTable(names: Uint8Array, sealed: Uint8Array): Buffer | undefined {
    return openBytes(this.#table(names), sealed);
  }

  #table(names: Uint8Array): Sealing {
    const about = Buffer.concat([this.#about, names]);
    return { key: this.session.derive('table', this.nonce), number: 0, about };
  }
}
