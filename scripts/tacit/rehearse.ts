/**
 * A rehearsal: a model is run on zeros, by all parties in this process, and what it takes is counted. The traffic of a protocol
 * does not depend on values, so the counts are those of every later inference on inputs of the same shapes.
 *
 * @module
 */
import { nn, runLocal, type Session, type Tensor } from "../../mod.ts";
import { buildProgram, checkForm } from "../../nn/onnx/build.ts";
import type { OnnxNode } from "../../nn/onnx/model.ts";
import { operators } from "../../nn/onnx/operators.ts";
import type { Skeleton } from "../../nn/onnx/skeleton.ts";
import { type LayerTime, LayerTimes } from "./layer_times.ts";
import type { Setting } from "./protocol.ts";
import { type Refusal, refusedAtOnce, Watch, without } from "./reach.ts";

/** Longest wait for another party. */
const DEADLINE = 600_000;

/** An input to rehearse with. */
export interface Zeros {
  /** Its value: zeros, or that of structure. */
  readonly value: Tensor;
  /** Whether it holds real numbers. */
  readonly real: boolean;
}

/** What is rehearsed. */
export interface Piece {
  /** The model's architecture. */
  readonly skeleton: Skeleton;
  /** Its weights. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Its inputs by name. */
  readonly inputs: ReadonlyMap<string, Zeros>;
}

/** What a party counted. */
export interface Count {
  /** Figures of the inference. */
  readonly stats: Session["stats"];
  /** Layers as they are computed, by name. */
  readonly computedAs: Readonly<Record<string, string>>;
  /** Layers that were done. */
  readonly layers: readonly LayerTime[];
  /** Seconds, of all members one after the other. */
  readonly seconds: number;
}

/** What a rehearsal gives. */
export interface Rehearsal {
  /** Nodes that are not supported. */
  readonly refused: ReadonlyMap<OnnxNode, Refusal>;
  /** What the others did. */
  readonly watch: Watch;
  /** What each party counted; none when no node could be run. */
  readonly counts: readonly Count[];
}

/** Runs what can be run. Nodes that turn out not to be supported are left out, with what follows from them. */
export async function rehearse(piece: Piece, setting: Setting): Promise<Rehearsal> {
  checkForm(piece.skeleton, operators);
  const refused = refusedAtOnce(piece.skeleton, operators);
  for (;;) {
    const skeleton = without(piece.skeleton, new Set(refused.keys()));
    const watches = Array.from({ length: setting.parties }, () => new Watch(piece.skeleton.nodes, operators));
    const counts: readonly (Count | undefined)[] = skeleton === undefined ? [] : await runLocal(
      { ...setting, deadline: DEADLINE },
      (mpc) => inference(mpc, { ...piece, skeleton }, watches[mpc.rank]!),
    );
    const watch = watches[0]!;
    const complete = counts.filter((count) => count !== undefined);
    if (complete.length === counts.length) return { refused, watch, counts: complete };
    for (const [node, refusal] of watch.refused) refused.set(node, refusal);
  }
}

/** The same calls as a real inference makes; undefined when a node turned out not to be supported. */
async function inference(
  mpc: Session,
  { skeleton, weights, inputs }: Piece,
  watch: Watch,
): Promise<Count | undefined> {
  const last = mpc.parties - 1;
  const shared = new Map(
    Object.entries(skeleton.weights).map(([name, shape]) => [
      name,
      mpc.encrypt(mpc.rank === 0 ? weights.get(name) : undefined, { src: 0, shape }),
    ]),
  );
  const program = buildProgram(skeleton, shared, watch.operators);
  if (watch.refused.size > 0) return undefined;
  const graph = new nn.Graph(mpc, skeleton, program, shared);
  const fed = Object.fromEntries([...inputs].map(([name, { value, real }]) => {
    if (graph.structural.includes(name)) return [name, value];
    const own = mpc.rank === last ? value : undefined;
    return [name, mpc.encrypt(own, { src: last, shape: value.shape, scale: real ? mpc.fractionBits : 0 })];
  }));
  await mpc.barrier();
  mpc.resetStats();
  const start = performance.now();
  const times = new LayerTimes(graph, false);
  let results: ReturnType<nn.Graph["run"]>;
  try {
    results = graph.run(fed);
  } catch (error) {
    if (watch.blame(error)) return undefined;
    throw error;
  }
  await Promise.all(Object.values(results).map((y) => y.decrypt({ dst: last })));
  const seconds = (performance.now() - start) / 1000;
  const computedAs = Object.fromEntries(
    [...graph.children].map((
      [name, { kind, summary }],
    ) => [name, summary === "" ? kind : `${kind}(${summary})`]),
  );
  return { stats: mpc.stats, computedAs, layers: await times.all(), seconds };
}
