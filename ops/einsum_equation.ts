/**
 * Equations of labels: which axis of which operand is which, and how long.
 *
 * @module
 */
import { shapeOf } from "./operand.ts";
import type { Operand } from "./tensor.ts";

/** An equation with its ellipses written out. */
export interface Equation {
  /** Labels of the axes of each operand. */
  readonly inputs: readonly (readonly string[])[];
  /** Labels of the result. */
  readonly output: readonly string[];
  /** Size of each label. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Labels, and whether and where "..." stands among them. */
function tokens(text: string, equation: string): { head: string[]; tail: string[]; dots: boolean } {
  const parts = text.split("...");
  if (parts.length > 2 || !/^[A-Za-z]*$/.test(parts.join(""))) {
    throw new RangeError(`"${text}" of "${equation}" is not letters with at most one "..."`);
  }
  return { head: [...parts[0]!], tail: [...parts[1] ?? ""], dots: parts.length === 2 };
}

/** Labels of the axes that "..." stands for, counted from the last, so that operands broadcast. */
const dotLabels = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${count - i}`);

/**
 * Reads an equation for operands of given shapes.
 *
 * @throws {RangeError} when it does not fit them.
 */
export function parseEquation(text: string, operands: readonly Operand[]): Equation {
  const equation = text.replaceAll(/\s/g, "");
  const sides = equation.split("->");
  const terms = sides[0]!.split(",");
  if (sides.length > 2 || terms.length !== operands.length || terms.length > 3) {
    throw new RangeError(
      `"${text}" has ${terms.length} terms for ${operands.length} operands, as many are wanted, at most 3`,
    );
  }
  let dots = 0;
  const inputs = operands.map((operand, i) => {
    const shape = shapeOf(operand);
    const term = tokens(terms[i]!, text);
    const named = term.head.length + term.tail.length;
    const rest = shape.length - named;
    if (term.dots ? rest < 0 : rest !== 0) {
      throw new RangeError(`"${terms[i]}" of "${text}" names ${named} axes, operand ${i} is [${shape}]`);
    }
    dots = Math.max(dots, term.dots ? rest : 0);
    return [...term.head, ...dotLabels(term.dots ? rest : 0), ...term.tail];
  });
  const sizes = sizesOf(text, inputs, operands);
  return { inputs, output: outputOf(text, sides[1], inputs, dots), sizes };
}

function sizesOf(
  text: string,
  inputs: readonly (readonly string[])[],
  operands: readonly Operand[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) => {
    const shape = shapeOf(operands[i]!);
    labels.forEach((label, axis) => {
      const side = shape[axis]!;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && side !== 1 && known !== side) {
        const what = label.startsWith(".") ? `axis -${label.slice(1)} of "..."` : `"${label}"`;
        throw new RangeError(`${what} of "${text}" is ${known} and ${side}`);
      }
      sizes.set(label, known === 1 ? side : known);
    });
  });
  return sizes;
}

function outputOf(
  text: string,
  given: string | undefined,
  inputs: readonly (readonly string[])[],
  dots: number,
): string[] {
  const all = inputs.flat();
  if (given === undefined) {
    const once = all.filter((l) => !l.startsWith(".") && all.indexOf(l) === all.lastIndexOf(l));
    return [...dotLabels(dots), ...once.sort()];
  }
  const { head, tail, dots: shown } = tokens(given, text);
  const output = [...head, ...shown ? dotLabels(dots) : [], ...tail];
  const unknown = output.find((l) => !all.includes(l));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" of the result of "${text}" is in no operand`);
  if (new Set(output).size !== output.length) {
    throw new RangeError(`the result of "${text}" has a label twice`);
  }
  return output;
}
