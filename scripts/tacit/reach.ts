/**
 * Which part of a model can be computed: all but nodes that are not supported, and what follows from them.
 *
 * @module
 */
import { unsupportedNodes } from "../../nn/onnx/build.ts";
import type { OnnxNode } from "../../nn/onnx/model.ts";
import {
  type Binding,
  fullName,
  type Lowered,
  type OperatorTable,
  type Value,
} from "../../nn/onnx/operator.ts";
import { graphsOf, readsOf } from "../../nn/onnx/rewrite/draft.ts";
import { opsetOf, type Skeleton } from "../../nn/onnx/skeleton.ts";
import { CrypTensor } from "../../mod.ts";

/** What is known of a value once it has been computed. */
export interface Fact {
  /** Whether it is secret. */
  readonly secret: boolean;
  /** Its shape. */
  readonly shape: readonly number[];
}

/** Why a node cannot be computed. */
export interface Refusal {
  /** Its operator, or that of a node within it. */
  readonly operator: string;
  /** What is wrong. */
  readonly reason: string;
}

function missingOperator(node: OnnxNode, opset: number): string {
  return `operator ${fullName(node)} of opset ${node.opset ?? opset} is unsupported`;
}

/** A node, and those of the graphs within it. */
function within(node: OnnxNode): OnnxNode[] {
  return [node, ...graphsOf(node).flatMap(([, graph]) => graph.nodes.flatMap(within))];
}

/** Nodes of which operators are missing. */
export function refusedAtOnce(skeleton: Skeleton, table: OperatorTable): Map<OnnxNode, Refusal> {
  const missing = unsupportedNodes(skeleton, table);
  return new Map(skeleton.nodes.flatMap((node): [OnnxNode, Refusal][] => {
    const found = within(node).find((inner) => missing.has(inner));
    if (found === undefined) return [];
    const reason = missingOperator(found, opsetOf(skeleton));
    return [[node, { operator: fullName(found), reason }]];
  }));
}

/** Watches how the nodes of a model are built and run, at one party. */
export class Watch {
  /** Nodes that turned out not to be supported. */
  readonly refused = new Map<OnnxNode, Refusal>();
  /** Nodes that were run on secrets. */
  readonly ran = new Set<OnnxNode>();
  /** Values by name. */
  readonly facts = new Map<string, Fact>();
  /** Operators as they are, watched; those that are missing are there too, and refuse. */
  readonly operators: OperatorTable;
  /** The node of the model that a node is, or lies in. */
  readonly #top = new Map<OnnxNode, OnnxNode>();
  #running: OnnxNode | undefined;

  /** Watches the nodes of a model. */
  constructor(nodes: readonly OnnxNode[], table: OperatorTable) {
    for (const node of nodes) for (const inner of within(node)) this.#top.set(inner, node);
    const names = new Set([...this.#top.keys()].map(fullName));
    this.operators = Object.fromEntries([...names].map((name) => {
      const known = Object.hasOwn(table, name) ? table[name]! : [];
      const missing = { since: 0, lower: (b: Binding) => this.#lower(b, this.#missing(b)) };
      const versions = known.map((version) => ({
        ...version,
        lower: (b: Binding) => this.#lower(b, version.lower(b)),
      }));
      return [name, [
        missing,
        ...versions.map((version) => ({ ...version, lower: this.#tried(version.lower) })),
      ]];
    }));
  }

  /** Refuses the node that was running when something failed. False when none was. */
  blame(error: unknown): boolean {
    if (this.#running === undefined) return false;
    this.#refuse(this.#running, error instanceof Error ? error.message : String(error));
    this.#running = undefined;
    return true;
  }

  #refuse(node: OnnxNode, reason: string): void {
    const top = this.#top.get(node)!;
    if (!this.refused.has(top)) this.refused.set(top, { operator: fullName(node), reason });
  }

  /** What has no operator can still be evaluated in the clear, and then never runs here. */
  #missing(b: Binding): Lowered {
    return {
      run() {
        throw new RangeError(missingOperator(b.node, b.opset));
      },
    };
  }

  #tried(lower: (b: Binding) => Lowered): (b: Binding) => Lowered {
    return (b) => {
      try {
        return lower(b);
      } catch (error) {
        this.#refuse(b.node, error instanceof Error ? error.message : String(error));
        return { run: () => [] };
      }
    };
  }

  #lower({ node }: Binding, { layer, summary, run }: Lowered): Lowered {
    const top = this.#top.get(node) === node;
    return {
      layer,
      summary,
      run: (operands, env) => {
        this.#running = node;
        if (top) node.inputs.forEach((name, i) => this.#see(name, operands[i]));
        const results = run(operands, env);
        if (top) {
          this.ran.add(node);
          [results].flat().forEach((value, i) => this.#see(node.outputs[i] ?? "", value as Value));
        }
        this.#running = undefined;
        return results;
      },
    };
  }

  #see(name: string, value: Value | undefined): void {
    if (name !== "" && value !== undefined) {
      this.facts.set(name, { secret: value instanceof CrypTensor, shape: value.shape });
    }
  }
}

/** The part of a model without some nodes and what follows from them; undefined when nothing is left. */
export function without(skeleton: Skeleton, refused: ReadonlySet<OnnxNode>): Skeleton | undefined {
  const lost = new Set<string>();
  const made = new Set<string>();
  const asked: string[] = [];
  const nodes = skeleton.nodes.filter((node) => {
    const reads = readsOf(node);
    const reached = !refused.has(node) && !reads.some((name) => lost.has(name));
    if (!reached) asked.push(...reads);
    for (const name of node.outputs) (reached ? made : lost).add(name);
    return reached;
  });
  // What the lost nodes would have read is computed too.
  const names = new Set(
    [...skeleton.outputs.map(({ name }) => name), ...asked].filter((name) => made.has(name)),
  );
  if (names.size === 0) return undefined;
  const outputs = [...names].map((name) =>
    skeleton.outputs.find((o) => o.name === name) ?? { name, shape: [] }
  );
  return { ...skeleton, nodes, outputs };
}
