import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** What an answer says, where it is to be wrong. */
export interface AnswerChanges {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly counter?: number;
  /** User present and verified (WebAuthn §6.1): 0x05. */
  readonly flags?: number;
  readonly spoilSignature?: boolean;
}

interface Options {
  readonly challenge: string;
  readonly rp?: { readonly id?: string };
  readonly rpId?: string;
}

/** An authenticator in software (WebAuthn §6) that can be made to answer wrongly. */
export class SoftAuthenticator {
  readonly id = randomBytes(32);
  counter = 0;
  readonly #origin: string;
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Answer to `navigator.credentials.create`, with the attestation format “none”. */
  create(options: Options, changes: AnswerChanges = {}): object {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const point = (name: number, value: string) => [Buffer.from([name, 0x58, 32]), Buffer.from(value, 'base64url')];
    const cose = Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01]),
      ...point(0x21, x),
      ...point(0x22, y),
    ]);
    const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cose]);
    const flags = (changes.flags ?? 0x05) | 0x40;
    const authData = Buffer.concat([this.#head(options.rp?.id ?? '', { ...changes, flags }), credential]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3, 0x63]),
      Buffer.from('fmt'),
      Buffer.from([0x64]),
      Buffer.from('none'),
      Buffer.from([0x67]),
      Buffer.from('attStmt'),
      Buffer.from([0xa0, 0x68]),
      Buffer.from('authData'),
      Buffer.from([0x58, authData.length]),
      authData,
    ]);
    const clientData = this.#clientData('webauthn.create', options, changes);
    return this.#answer({
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['usb'],
    });
  }

  /** Answer to `navigator.credentials.get`. */
  get(options: Options, changes: AnswerChanges = {}): object {
    this.counter += 1;
    const authData = this.#head(options.rpId ?? '', changes);
    const clientData = this.#clientData('webauthn.get', options, changes);
    const signed = createSign('sha256').update(authData).update(createHash('sha256').update(clientData).digest());
    const signature = signed.sign(this.#keys.privateKey);
    if (changes.spoilSignature === true) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    return this.#answer({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
    });
  }

  #head(rpId: string, changes: AnswerChanges): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(changes.counter ?? this.counter);
    const hash = createHash('sha256')
      .update(changes.rpId ?? rpId)
      .digest();
    return Buffer.concat([hash, Buffer.from([changes.flags ?? 0x05]), counter]);
  }

  #clientData(type: string, { challenge }: Options, changes: AnswerChanges): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: changes.type ?? type,
        challenge: changes.challenge ?? challenge,
        origin: changes.origin ?? this.#origin,
        crossOrigin: false,
      }),
    );
  }

  #answer(response: object): object {
    const id = this.id.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}
