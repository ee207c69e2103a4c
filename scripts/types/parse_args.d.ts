/** The part of the argument parser that the command line uses. */
export function parseArgs(
  args: readonly string[],
  options: {
    readonly string: readonly string[];
    readonly boolean: readonly string[];
    readonly collect: readonly string[];
    /** Called with every word that is no known option; `name` is undefined for those that are no options at all. */
    readonly unknown: (word: string, name?: string) => unknown;
  },
): Readonly<Record<string, unknown>> & { readonly _: readonly string[] };
