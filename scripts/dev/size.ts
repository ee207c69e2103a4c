/**
 * The line budget: prints the size of each room and fails when a hand-written file is over the cap.
 *
 * @module
 */
// deno-lint-ignore-file no-console

/** Most lines of a hand-written file. */
export const CAP = 500;

const ROOMS = ["ring", "comm", "protocols", "ops", "nn", "run", "scripts", "tests"];

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (path.endsWith(".ts") && !path.endsWith("_base64.ts")) yield path;
  }
}

/** Lines of every hand-written file, by path. */
export async function measure(folders: readonly string[]): Promise<Map<string, number>> {
  const out = new Map<string, number>();
  for (const folder of folders) {
    for await (const path of sources(folder)) {
      out.set(path, (await Deno.readTextFile(path)).split("\n").length - 1);
    }
  }
  return out;
}

if (import.meta.main) {
  let over = 0;
  for (const room of ROOMS) {
    const lines = [...(await measure([room])).entries()].sort((a, b) => a[1] - b[1]);
    if (lines.length === 0) continue;
    const at = (share: number): number =>
      lines[Math.min(lines.length - 1, Math.floor(lines.length * share))]![1];
    const [name, most] = lines.at(-1)!;
    console.log(
      `${room.padEnd(10)} ${String(lines.length).padStart(4)} files, median ${at(0.5)}, p90 ${
        at(0.9)
      }, most ${most} (${name})`,
    );
    for (const [path, count] of lines) {
      if (count <= CAP) continue;
      over++;
      console.error(`${path} has ${count} lines, ${CAP} at most are allowed`);
    }
  }
  if (over > 0) Deno.exit(1);
}
