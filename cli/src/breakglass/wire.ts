/** Something on the agent's socket that the protocol does not allow. */
export class AgentProtocolError extends Error {
  override readonly name = 'AgentProtocolError';
}

/** Reads SSH's data types (RFC 4251 §5), strictly: what is too short or too long is no message. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** A positive number of 32 bytes at most, in 32 bytes; SSH writes it without leading zeros, but for the sign's. */
  mpint256(): Buffer {
    const given = this.string();
    const digits = given[0] === 0 ? given.subarray(1) : given;
    const isShortest = given[0] !== 0 || (digits[0] ?? 0) >= 0x80;
    const isPositive = given.length > 0 && (given[0] ?? 0) < 0x80;
    if (!isPositive || !isShortest || digits.length > 32) throw new AgentProtocolError('a number is not one of P-256');
    return Buffer.concat([Buffer.alloc(32 - digits.length), digits]);
  }

  /** @throws AgentProtocolError when something follows */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new AgentProtocolError('a message is longer than what it says');
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new AgentProtocolError('a message is shorter than what it says');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

export function wireString(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
