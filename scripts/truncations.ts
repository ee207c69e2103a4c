/**
 * Many truncations, each checked: floor + {0,1} over the whole stated range, and right on average.
 *
 *     deno task truncations [COUNT] [PARTIES]      1e9 trials with 2 parties by default
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { Cell } from "../ops/cell.ts";
import { additive, runLocal, type Session, trustedFirstParty } from "../mod.ts";
import { type AShare, type Call, type Pending, RingTensor } from "../protocols/mod.ts";

const BATCH = 1 << 20;
const FRACTION = 16;

/** Random values of every magnitude below 2^62, with the edges of the range. */
function spread(): BigInt64Array {
  const out = new BigInt64Array(BATCH);
  const bytes = new Uint8Array(out.buffer);
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  for (let i = 0; i < BATCH; i++) out[i] = out[i]! >> BigInt(1 + (i % 62));
  const limit = 2n ** 62n;
  [limit - 1n, -limit, limit - 65537n, 0n, -1n, 1n, 65535n, 65536n].forEach((edge, i) => out[i] = edge);
  return out;
}

/** Truncates one batch; returns how many results were wrong, and the sum of all errors in units of the last place. */
async function batch(mpc: Session, z: BigInt64Array): Promise<{ wrong: number; error: number }> {
  const { protocol, scope, shared } = mpc.context;
  const call = (what: string): Call => ({ tag: scope.take(), what, depth: 0 });
  const pending = (share: AShare): Pending<AShare> => Cell.ready(share.parts[0]!.shape, share);
  const own = mpc.rank === 0
    ? RingTensor.fromBytes(shared.env.heap, [BATCH], new Uint8Array(z.buffer))
    : undefined;
  const x = await protocol.share(call("share"), own, 0, [BATCH]);
  const y = await protocol.truncate(call("truncate"), pending(x), FRACTION);
  const opened = await protocol.reveal(call("reveal"), pending(y), "all");
  const words = opened!.toSigned();
  for (const t of [own, opened, ...x.parts, ...y.parts]) t?.free();
  let [wrong, error] = [0, 0];
  for (let i = 0; i < BATCH; i++) {
    const floor = z[i]! >> BigInt(FRACTION);
    const distance = Number(BigInt.asIntN(64, words[i]! - floor));
    if (distance !== 0 && distance !== 1) wrong++;
    error += distance - Number(z[i]! & 65535n) / 65536;
  }
  return { wrong, error };
}

const count = Number(Deno.args[0] ?? 1e9);
const parties = Number(Deno.args[1] ?? 2);
const protocol = additive({ provider: trustedFirstParty() });
const start = performance.now();
let [done, wrong, error] = [0, 0, 0];
while (done < count) {
  const z = spread();
  const [result] = await runLocal({ parties, protocol }, (mpc) => batch(mpc, z));
  done += BATCH;
  wrong += result.wrong;
  error += result.error;
  if ((done / BATCH) % 32 === 0 || done >= count) {
    const bias = error / done;
    const sigma = bias * Math.sqrt(done) / 0.5;
    const rate = done / (performance.now() - start) / 1000;
    console.log(
      `${done} truncations, ${parties} parties: ${wrong} wrong, mean error ${bias.toExponential(2)} ulp (${
        sigma.toFixed(2)
      } sigma), ${rate.toFixed(1)} million/s`,
    );
  }
}
if (wrong > 0) Deno.exit(1);
