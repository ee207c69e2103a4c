/**
 * What layers and whole inferences took, and how numbers are shown.
 *
 * @module
 */
import type { OpStats, Session } from "../../mod.ts";

/** Figures of one layer. */
export interface LayerFigures {
  /** Rounds, one operation after the other. */
  readonly rounds: number;
  /** Bytes that a party sends. */
  readonly bytes: number;
  /** Bytes that a dealer sends to one party. */
  readonly dealerBytes: number;
  /** Its operations. */
  readonly operations: readonly OpStats[];
}

/** Figures of a layer, with those of layers within it. */
export function layerFigures(ops: readonly OpStats[], layer: string): LayerFigures {
  const operations = ops.filter((op) => op.layer === layer || op.layer.startsWith(`${layer}.`));
  const sum = (f: (op: OpStats) => number): number => operations.reduce((total, op) => total + f(op), 0);
  return {
    rounds: sum((op) => op.rounds),
    bytes: sum((op) => op.bytesPerParty),
    dealerBytes: sum((op) => op.correlationBytes),
    operations,
  };
}

/** Figures of an inference. */
export interface TotalFigures {
  /** Longest chain of messages that had to follow each other. */
  readonly rounds: number;
  /** Payload bytes that a party sends, at most. */
  readonly bytes: number;
  /** Bytes that the dealer sends to all parties. */
  readonly dealerBytes: number;
}

/** Figures of an inference, from what each party counted. */
export function totalFigures(stats: readonly Session["stats"][]): TotalFigures {
  const totals = stats.map((s) => s.totals);
  return {
    rounds: Math.max(...totals.map((t) => t.rounds)),
    bytes: Math.max(...totals.map((t) => t.payloadBytes)),
    dealerBytes: totals.reduce((sum, t) => sum + t.correctionBytes, 0),
  };
}

/** Bytes for people: 1.2 MB. */
export function showBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return `${at === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[at]}`;
}

/** Seconds for people: 0.0123 s. */
export function showSeconds(seconds: number): string {
  return seconds < 0.1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** Rows with columns of one width; columns that begin with ">" in the head stand at the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = head.map((name) => name.startsWith(">"));
  const all = [head.map((name) => name.replace(/^>/, "")), ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => [...row[i]!].length)));
  return all.map((row) =>
    row.map((cell, i) => {
      const gap = " ".repeat(widths[i]! - [...cell].length);
      return right[i] ? gap + cell : cell + gap;
    }).join("  ").trimEnd()
  ).join("\n");
}
