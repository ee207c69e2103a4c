/** The part of the argument parser that the scripts use. */
export function parseArgs<S extends string, D extends Partial<Record<S, string>>>(
  args: readonly string[],
  options: {
    readonly string: readonly S[];
    readonly default: D;
    readonly unknown: (name: string) => unknown;
  },
): { readonly [K in S]: K extends keyof D ? string : string | undefined };
