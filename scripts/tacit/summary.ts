/**
 * What an inference took, for people and as a profile.
 *
 * @module
 */
import type { PartyReport } from "./inference.ts";
import { layerFigures, showBytes, showSeconds, table, totalFigures } from "./figures.ts";
import { dealerOf, type Setting } from "./protocol.ts";

const SLOWEST = 5;

/** The summary at the end, for standard error. */
export function summary(
  reports: readonly PartyReport[],
  paths: ReadonlyMap<string, string>,
  { parties, protocol }: Setting,
): string {
  const [owner] = reports;
  const last = reports.at(-1)!;
  const { rounds, bytes, dealerBytes } = totalFigures(reports.map((r) => r.stats));
  const options = Object.entries(protocol.options).map(([key, value]) => `${key} ${value}`).join(", ");
  const slowest = owner!.layers.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const rows = slowest.map((layer) => {
    const figures = layerFigures(owner!.stats.ops, layer.name);
    return [
      `  ${layer.name}`,
      layer.kind,
      `[${layer.shape}]`,
      showSeconds(layer.seconds),
      String(figures.rounds),
      showBytes(figures.bytes),
    ];
  });
  const one = reports.length < parties;
  const sides = [`from ${one ? "this" : "each"} party`, `${dealerOf(protocol)}${one ? " to it" : ""}`];
  const lines = [
    ...[...paths].map(([name, path]) => {
      const { dtype, shape } = last.outputs[name]!;
      return `${path}: output "${name}", ${dtype} [${shape}]`;
    }),
    `${rounds} rounds, ${showBytes(bytes)} ${sides[0]}, ${showBytes(dealerBytes)} ${sides[1]}, ` +
    `${showSeconds(Math.max(...reports.map((r) => r.seconds)))} and ${
      showSeconds(Math.max(...reports.map((r) => r.loading)))
    } to load`,
    ...rows.length === 0 ? [] : [table(["slowest layers", "", "", ">seconds", ">rounds", ">bytes"], rows)],
    ...owner!.open.length === 0 ? [] : [
      `public: ${
        owner!.open.map((name) => `input "${name}"`).join(", ")
      }, which operators take as structure; all parties have seen it`,
    ],
    `${protocol.name}${options === "" ? "" : ` (${options})`}, ${parties} parties: ${protocol.threatModel}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The figures of an inference per layer and operation, as they are written to a file. */
export function profile(
  model: string,
  reports: readonly PartyReport[],
  { parties, protocol }: Setting,
): unknown {
  const [owner] = reports;
  const { ops } = owner!.stats;
  const timed = new Set(owner!.layers.map(({ name }) => name));
  const within = (layer: string): boolean =>
    [...timed].some((name) => layer === name || layer.startsWith(`${name}.`));
  return {
    model,
    parties,
    protocol: protocol.name,
    options: protocol.options,
    threatModel: protocol.threatModel,
    publicInputs: owner!.open,
    total: {
      ...totalFigures(reports.map((r) => r.stats)),
      seconds: Math.max(...reports.map((r) => r.seconds)),
      loadingSeconds: Math.max(...reports.map((r) => r.loading)),
    },
    layers: owner!.layers.map((layer) => ({ ...layer, ...layerFigures(ops, layer.name) })),
    // What belongs to no layer: opening the outputs.
    operations: ops.filter(({ layer }) => !within(layer)),
  };
}
