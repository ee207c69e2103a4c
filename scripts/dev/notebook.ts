/**
 * Makes `examples/tutorial.ipynb`, a notebook for Deno's Jupyter kernel, of `scripts/tutorial.ts`. A line `// %%` begins a cell of
 * code, `// %% [markdown]` a cell of text in comments; what comes before the first is not in the notebook.
 *
 *     deno run -A scripts/dev/notebook.ts
 *
 * @module
 */

/** A cell of a notebook of format 4.5. */
interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly id: string;
  readonly metadata: Record<string, never>;
  readonly source: readonly string[];
  readonly execution_count?: null;
  readonly outputs?: readonly never[];
}

/** Lines with their ends, but for the last. */
function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function cell(text: string, index: number): Cell {
  const [, markdown, body = ""] = text.match(/^( \[markdown\])?\n(.*)$/s) ?? [];
  const common = { id: `cell-${index}`, metadata: {} };
  if (markdown !== undefined) {
    const source = lines(body.trim().replaceAll(/^\/\/ ?/gm, ""));
    return { cell_type: "markdown", ...common, source };
  }
  // A notebook's code is no module: it lies in the folder that the kernel runs in.
  const source = lines(body.trim().replaceAll("import.meta.url", "`file://${Deno.cwd()}/`"));
  return { cell_type: "code", ...common, execution_count: null, outputs: [], source };
}

/** The notebook of a script. */
export function notebook(script: string): string {
  const cells = script.split(/^\/\/ %%/m).slice(1).map(cell);
  const metadata = {
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
    language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

if (import.meta.main) {
  const root = new URL("../../", import.meta.url);
  const script = await Deno.readTextFile(new URL("scripts/tutorial.ts", root));
  await Deno.writeTextFile(new URL("examples/tutorial.ipynb", root), notebook(script));
}
