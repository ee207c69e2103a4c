/**
 * An inspection as text.
 *
 * @module
 */
import type { nn } from "../../mod.ts";
import { showBytes, showSeconds, table } from "./figures.ts";
import type { InspectedLayer, InspectedOperand, Inspection } from "./inspection.ts";
import { type Network, secondsOfAll, secondsOn, showNetwork } from "./network.ts";
import { dealerOf, type Setting } from "./protocol.ts";

/** How it is shown. */
export interface ReportOptions {
  /** Who would compute. */
  readonly setting: Setting;
  /** Over which network. */
  readonly network: Network;
  /** Whether the operations of each layer are shown. */
  readonly operations: boolean;
}

function showValue({ name, shape, type }: nn.OnnxValue): string {
  const sides = shape.length === 0 ? "" : ` [${shape.map((side) => side ?? "any")}]`;
  return `${name}: ${type ?? "any type"}${sides}`;
}

function showInput(input: Inspection["inputs"][number]): string {
  return `  input ${showValue(input)}, ${input.public ? "public" : "secret"}, taken as [${input.assumed}]`;
}

const showOperand = ({ kind, shape }: InspectedOperand): string =>
  shape === undefined ? kind : `${kind} [${shape}]`;

function operationRows(layer: InspectedLayer): string[][] {
  return layer.operations.map(({ op, calls, rounds, bytesPerParty, correlationBytes }) => [
    "",
    "",
    `  ${op}${calls > 1 ? ` x${calls}` : ""}`,
    "",
    String(rounds),
    showBytes(bytesPerParty),
    showBytes(correlationBytes),
    "",
    "",
  ]);
}

function layerRow(layer: InspectedLayer, network: Network): string[] {
  const { name, operator, computedAs, state, shape, operands, rounds, bytes, dealerBytes, computing } = layer;
  const secret = state === "secret";
  return [
    name,
    operator,
    state === "secret" || state === "clear" ? computedAs : state,
    shape === undefined ? "" : `[${shape}]`,
    secret ? String(rounds) : "",
    secret ? showBytes(bytes) : "",
    secret ? showBytes(dealerBytes) : "",
    secret ? showSeconds(computing + secondsOn(network, { rounds, bytes, dealerBytes })) : "",
    operands.map(showOperand).join(", "),
  ];
}

function totalLines(
  { total, unsupported, layers }: Inspection,
  { network, setting }: ReportOptions,
): string[] {
  if (total === undefined) return [];
  const { rounds, bytes, dealerBytes, computing } = total;
  const seconds = showSeconds(computing + secondsOfAll(network, total, setting));
  const part = unsupported.length === 0
    ? "all"
    : `what can be computed, ${
      layers.filter(({ state }) => state === "secret" || state === "clear").length
    } of ${layers.length} layers`;
  return [
    `${part}: ${rounds} rounds, ${showBytes(bytes)} from each party, ${showBytes(dealerBytes)} ${
      dealerOf(setting.protocol)
    }`,
    `about ${seconds} at ${showNetwork(network)}, ${
      showSeconds(computing)
    } of it to compute, for all members in this process`,
  ];
}

/** All of it, line by line. */
export function report(path: string, inspection: Inspection, options: ReportOptions): string {
  const { setting, network } = options;
  const { opset, producer, inputs, outputs, weights, layers, rewriting, unsupported } = inspection;
  const by = producer === "" ? "" : `, by ${producer}`;
  const head = [
    "layer",
    "operator",
    "computed as",
    "result",
    ">rounds",
    ">bytes",
    ">dealt",
    ">seconds",
    "operands",
  ];
  const rows = layers.flatMap((layer) => [
    layerRow(layer, network),
    ...(options.operations ? operationRows(layer) : []),
  ]);
  const reasons = [
    ...Map.groupBy(layers.filter(({ reason }) => reason !== undefined), ({ reason }) => reason),
  ]
    .map(([reason, group]) => `  ${reason}: ${group.map(({ name }) => name).join(", ")}`);
  const lines = [
    `${path}: opset ${opset}${by}, ${weights} secret weights`,
    ...inputs.map(showInput),
    ...outputs.map((output) => `  output ${showValue(output)}`),
    ...rewriting.length === 0 ? [] : ["", "rewritten by its owner", ...rewriting.map((line) => `  ${line}`)],
    "",
    table(head, rows),
    ...reasons.length === 0 ? [] : ["", `unsupported: ${unsupported.join(", ")}`, ...reasons],
    "",
    ...totalLines(inspection, options),
    `${setting.protocol.name}, ${setting.parties} parties: ${setting.protocol.threatModel}`,
  ];
  return `${lines.join("\n")}\n`;
}
