/**
 * Laws of secret indices: reading, writing and one-hot vectors, exact for integers and reals alike.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { fc } from "../deps.ts";
import { build, sizeOf, type Values } from "../oracles/tensors.ts";
import { ALL_SECRET, type Law, law, operand, type Plain, ULP, type Visibility } from "./law.ts";
import { strict } from "./laws_movement.ts";

/** Integers below a side, of a shape. */
function indices(shape: readonly number[], side: number): fc.Arbitrary<Plain> {
  const length = sizeOf(shape);
  return fc.array(fc.nat(side - 1), { minLength: length, maxLength: length })
    .map((data) => ({ shape, data, scale: 0 }));
}

const sides = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 });
const entries = fc.constantFrom(1, 2, 3, 5, 9);
/** Products of one-hot vectors with reals lose their extra bits once, and 0 and 1 are integers: nothing is lost. */
const limit = { limit: 2 ** 20 };

/** A table's row for each index. */
function rowsOf(index: Values, table: Values): Values {
  return build([...index.shape, ...table.shape.slice(1)], (at) => {
    const row = strict(index, at.slice(0, index.shape.length));
    return strict(table, [row, ...at.slice(index.shape.length)]);
  });
}

const SECRET_INDEX: readonly (readonly Visibility[])[] = [["secret", "secret"], ["secret", "public"]];

/** All laws of this family. */
export const secretIndexLaws: readonly Law[] = [
  law({
    name: "oneHot",
    operands: fc.tuple(sides, entries).chain(([shape, size]) =>
      indices(shape, size).map((index) => ({ operands: [index], args: size }))
    ),
    apply: (x, _ys, size) => x.oneHot(size),
    oracle: ([x], size) =>
      build([...x!.shape, size], (at) => strict(x!, at.slice(0, -1)) === at.at(-1) ? 1 : 0),
  }),
  law({
    name: "embedding",
    operands: fc.tuple(sides, entries, sides).chain(([shape, size, row]) =>
      fc.tuple(indices(shape, size), operand([size, ...row], limit))
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [table]) => x.embedding(table!),
    oracle: ([x, table]) => rowsOf(x!, table!),
    visibilities: SECRET_INDEX,
  }),
  law({
    name: "gather at secret indices",
    operands: fc.tuple(
      fc.array(fc.constantFrom<number>(1, 2, 3), { minLength: 1, maxLength: 3 }),
      fc.nat(2),
      entries,
    )
      .chain(([shape, axis, count]) => {
        const at = axis % shape.length;
        return fc.tuple(operand(shape, limit), indices(shape.with(at, count), shape[at]!))
          .map((operands) => ({ operands, args: at }));
      }),
    apply: (x, [index], axis) => x.gather(axis, index!),
    oracle: ([x, index], axis) => build(index!.shape, (at) => strict(x!, at.with(axis, strict(index!, at)))),
    visibilities: ALL_SECRET,
  }),
  law({
    name: "addAt",
    operands: fc.tuple(entries, entries, sides).chain(([size, count, row]) =>
      fc.tuple(operand([size, ...row], limit), indices([count], size), operand([count, ...row], limit))
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [index, values]) => x.addAt(index as CrypTensor, values!),
    oracle: ([x, index, values]) =>
      build(x!.shape, (at) =>
        index!.data.reduce(
          (sum, row, i) => row === at[0] ? sum + strict(values!, [i, ...at.slice(1)]) : sum,
          strict(x!, at),
        )),
    visibilities: [["secret", "secret", "secret"], ["secret", "secret", "public"]],
    error: ([x, , values]) => x!.scale === 16 || values!.scale === 16 ? ULP : 0,
  }),
];
