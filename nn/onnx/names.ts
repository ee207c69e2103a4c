/**
 * Names of layers.
 *
 * @module
 */
import type { OnnxNode } from "./model.ts";

/** Stable names: the path of the module that a node was exported from, else its operator and number. */
export function layerNames(nodes: readonly OnnxNode[]): string[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const parts = node.name.split("/").filter((part) => part !== "");
    if (parts.length > 1 && parts.at(-1)!.replace(/_\d+$/, "") === node.opType) parts.pop();
    const plain = parts.length === 0 ? node.opType.toLowerCase() : parts.join(".");
    const name = plain === node.opType ? plain.toLowerCase() : plain;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
