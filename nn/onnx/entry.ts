/**
 * Tables that are read by names which a model gives.
 *
 * @module
 */

/** An entry of a table; undefined when there is none, for names of every object's properties too. */
export function entry<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
