/**
 * How often one address may try.
 *
 * @module
 */

/** Addresses that are remembered; the one that tried longest ago is forgotten first. */
const MOST_ADDRESSES = 4096;

/** The network that counts as one: an IPv4 address, or the 64 bits of IPv6 that one subscriber has. */
function networkOf(address: string): string {
  if (address.includes(".")) return address.slice(address.lastIndexOf(":") + 1);
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => text === "" ? [] : text.split(":");
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}

/** A bucket of attempts for each address, which fills up again at a steady rate. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** `burst` attempts at once, and `perSecond` of them again every second. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** Counts an attempt at a time in milliseconds; says whether it is allowed. */
  take(address: string, now: number = performance.now()): boolean {
    const network = networkOf(address);
    const { left, at } = this.#buckets.get(network) ?? { left: this.#burst, at: now };
    const filled = Math.min(this.#burst, left + (now - at) / 1000 * this.#perSecond);
    const allowed = filled >= 1;
    this.#buckets.delete(network);
    this.#buckets.set(network, { left: allowed ? filled - 1 : filled, at: now });
    if (this.#buckets.size > MOST_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value!);
    return allowed;
  }
}
