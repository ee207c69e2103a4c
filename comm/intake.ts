/**
 * Frames that arrive: checked, counted, and handed out message by message.
 *
 * @module
 */
import { decodeControl } from "./control.ts";
import type { Tally } from "./counters.ts";
import { ProtocolError, TransportError } from "./errors.ts";
import { ABORT, BYE, CONTROL, DATA, MESSAGE_HEADER, openFrame, padded, type RawMessage } from "./frame.ts";
import { Arrival, messageKey, SegmentUse } from "./inbox.ts";
import { decodeNotice, type Notice } from "./notice.ts";
import type { Peer } from "./peer.ts";
import type { BufferPool } from "./pool.ts";
import type { Frame } from "./transport.ts";

/** Session of frames that were sent before the handshake was over. */
export const NO_SESSION: Uint8Array = new Uint8Array(8);

/** What an intake works with. */
export interface IntakeOptions {
  /** Where arrivals are counted. */
  readonly tally: Tally;
  /** Where segments go that are done with. */
  readonly pool: BufferPool;
  /** Longest frame that is accepted. */
  readonly maxFrameBytes: number;
  /** Most bytes of one peer that may wait to be asked for. */
  readonly maxEarlyBytes: number;
  /** Called with a peer's abort notice. */
  readonly onNotice: (notice: Notice) => void;
}

function isNone(session: Uint8Array): boolean {
  return session.every((byte) => byte === 0);
}

/** Takes frames in. All errors are thrown, and mean the end of the session. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #handlers = new Map<string, (from: number, value: unknown) => void>();
  /** The session that frames must name; none before the handshake is over. */
  session: Uint8Array = NO_SESSION;

  /** Takes nothing yet; no session is set. */
  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Hands all values of a channel to a function. */
  handle(channel: string, handler: (from: number, value: unknown) => void): void {
    this.#handlers.set(channel, handler);
  }

  /**
   * Checks the session that a peer has named, if it has.
   *
   * @throws {TransportError} when it is another.
   */
  checkSession(peer: Peer): void {
    const { session } = this;
    if (
      peer.session === undefined || isNone(session) || session.every((byte, i) => byte === peer.session![i])
    ) return;
    throw new TransportError("Cannot accept a frame: it belongs to another session");
  }

  /**
   * Takes a frame.
   *
   * @throws {TransportError} when it is damaged, has come before, or belongs to another session.
   * @throws {ProtocolError} when a message is not what is waited for.
   */
  take(peer: Peer, frame: Frame): void {
    const { tally, maxFrameBytes, maxEarlyBytes } = this.#options;
    const { header, messages } = openFrame(frame, maxFrameBytes, peer.cover);
    if (!peer.numbers.accept(header.number)) {
      throw new TransportError(`Cannot accept a frame: number ${header.number} has arrived before`);
    }
    const bare = isNone(header.session);
    if (!bare) peer.session = header.session;
    this.checkSession(peer);
    const traffic = { messages: 0, payloadBytes: 0, controlBytes: 0, bytes: header.bytes };
    for (const message of messages) {
      if (message.kind === DATA) {
        traffic.messages++;
        traffic.payloadBytes += message.bytes;
      } else {
        traffic.controlBytes += MESSAGE_HEADER + padded(message.bytes);
      }
    }
    if (bare && traffic.messages > 0 && !isNone(this.session)) {
      throw new TransportError("Cannot accept a frame: it has payloads and names no session");
    }
    tally.received(peer.rank, traffic);
    this.#deliver(peer, frame, messages, header.number);
    if (peer.earlyBytes > maxEarlyBytes) {
      throw new TransportError(`Cannot keep more than ${maxEarlyBytes} bytes that nobody has asked for`);
    }
  }

  #deliver(peer: Peer, frame: Frame, messages: readonly RawMessage[], number: number): void {
    const counts = frame.map(() => 0);
    for (const message of messages) counts[message.segment]!++;
    const uses = frame.map((segment, i) => new SegmentUse(segment, counts[i]!, this.#options.pool));
    for (const message of messages) {
      const arrival = new Arrival(message.payload, message.round, uses[message.segment]!);
      switch (message.kind) {
        case DATA:
          this.#match(peer, message, arrival);
          break;
        case CONTROL:
          this.#plain(peer, message);
          arrival.release();
          break;
        case ABORT:
          this.#options.onNotice(decodeNotice(message.payload));
          arrival.release();
          break;
        case BYE:
          peer.bye = number;
          arrival.release();
      }
    }
  }

  #match(peer: Peer, message: RawMessage, arrival: Arrival): void {
    const key = messageKey(message.scope.toHex(), message.seq, message.sub);
    const waiter = peer.inbox.put(key, arrival);
    if (waiter === undefined) return;
    this.#options.tally.reached(arrival.round);
    waiter.resolve(arrival);
  }

  #plain(peer: Peer, message: RawMessage): void {
    const envelope = decodeControl(message.payload);
    if (!Array.isArray(envelope) || envelope.length !== 2 || typeof envelope[0] !== "string") {
      throw new ProtocolError("Cannot read a control message: it names no channel");
    }
    const [channel, value] = envelope as [string, unknown];
    const handler = this.#handlers.get(channel);
    if (handler === undefined) peer.channel(channel).put(value, MESSAGE_HEADER + message.bytes);
    else handler(peer.rank, value);
  }
}
