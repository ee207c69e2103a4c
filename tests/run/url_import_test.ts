import { assertEquals, assertStringIncludes } from "../deps.ts";

const ROOT = new URL("../../", import.meta.url);

/** Serves the project's files on loopback. */
function serveTree(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.includes("..")) return new Response(null, { status: 400 });
    try {
      const body = await Deno.readFile(new URL(`.${pathname}`, ROOT));
      return new Response(body, { headers: { "content-type": "application/typescript" } });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
}

Deno.test("the library runs from a URL, workers included, in an empty directory without configuration", async () => {
  await using server = serveTree();
  const { port } = server.addr;
  const base = `http://127.0.0.1:${port}/`;
  const folder = await Deno.makeTempDir();
  try {
    const program = `
      import { additive, launch, nn, runLocal, type Session } from "${base}mod.ts";
      export async function main(mpc: Session): Promise<number> {
        const x = mpc.encrypt(mpc.rank === 0 ? [3] : undefined, { src: 0, shape: [1] });
        const y = mpc.encrypt(mpc.rank === 1 ? [-4] : undefined, { src: 1, shape: [1] });
        return (await x.mul(y).decrypt()).at(0);
      }
      if (import.meta.main) {
        const local = await runLocal({ parties: 2, protocol: additive() }, main);
        const launched = await launch<number>(import.meta.url, { parties: 2, protocol: additive() });
        console.log(JSON.stringify([...local, ...launched].map(Math.round)), typeof nn.fromOnnx);
      }
    `;
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-read=.",
        `--allow-import=127.0.0.1:${port},registry.npmjs.org`,
        "program.ts",
      ],
      cwd: folder,
      stdout: "piped",
      stderr: "piped",
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assertEquals(code, 0, errors);
    assertStringIncludes(new TextDecoder().decode(stdout), "[-12,-12,-12,-12] function");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
