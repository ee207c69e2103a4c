/**
 * The house rules that a program can check: which room may import which, that outside code comes through `deps.ts`, that
 * portable rooms use no Deno API, and that no randomness comes from `Math.random`.
 *
 * @module
 */

/** Rooms of the house. */
const ROOMS = ["ring", "comm", "protocols", "ops", "nn", "run", "scripts", "tests"];

/** What a room may import: whole rooms, or single files of one. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ring: ["ring/"],
  comm: ["comm/"],
  protocols: ["protocols/", "ring/", "comm/"],
  ops: ["ops/", "ring/", "protocols/protocol.ts", "comm/scope.ts", "comm/errors.ts"],
  nn: ["nn/", "ops/", "ring/shape.ts", "comm/errors.ts"],
  run: ["run/", "nn/", "ops/", "protocols/", "ring/", "comm/"],
};

/** Files that talk to the operating system; all others in a room must run in a browser too. */
const NATIVE = [
  "comm/tcp.ts",
  "comm/tcp_mesh.ts",
  "comm/websocket_server.ts",
  "run/processes.ts",
  "run/process_member.ts",
  "run/packets.ts",
];

/** Folder that the project lies in. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** The path of a file from the project's root; undefined when it is in no room. */
export function pathInProject(filename: string): string | undefined {
  const whole = filename.replaceAll("\\", "/");
  const path = whole.startsWith(ROOT) ? whole.slice(ROOT.length) : whole;
  return ROOMS.includes(path.split("/")[0]!) ? path : undefined;
}

/** The path that an import means, from the project's root. */
export function resolveImport(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const parts = file.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

/** Why a file must not import another, or undefined if it may. */
export function layeringProblem(file: string, specifier: string): string | undefined {
  const room = file.split("/")[0]!;
  const allowed = ALLOWED[room];
  if (allowed === undefined) return undefined;
  const target = resolveImport(file, specifier);
  if (target === undefined) return undefined;
  if (allowed.some((prefix) => target.startsWith(prefix))) return undefined;
  return `${room}/ must not import ${target}: it may import ${allowed.join(", ")}`;
}

interface ImportNode {
  readonly source: { readonly value: unknown } | null;
}

type Context = Deno.lint.RuleContext;

function fileOf(context: Context): string | undefined {
  return pathInProject(context.filename);
}

function reportImport(context: Context, node: ImportNode & Deno.lint.Node): void {
  const file = fileOf(context);
  const specifier = node.source?.value;
  if (file === undefined || typeof specifier !== "string") return;
  const problem = layeringProblem(file, specifier);
  if (problem !== undefined) context.report({ node, message: problem });
}

const plugin: Deno.lint.Plugin = {
  name: "tacit",
  rules: {
    layering: {
      create: (context) => ({
        ImportDeclaration: (node) => reportImport(context, node),
        ExportNamedDeclaration: (node) =>
          reportImport(context, node as unknown as ImportNode & Deno.lint.Node),
        ExportAllDeclaration: (node) => reportImport(context, node),
      }),
    },
    "outside-through-deps": {
      create(context) {
        const check = (node: ImportNode & Deno.lint.Node): void => {
          const specifier = node.source?.value;
          const outside = typeof specifier === "string" && /^(npm|jsr|https?|node):/.test(specifier);
          if (!outside || context.filename.endsWith("/deps.ts")) return;
          // Scripts and snippets use the library as anyone would.
          if (specifier.startsWith("https://tacit.example/")) return;
          context.report({
            node,
            message: `Outside code comes through the folder's deps.ts, not from "${specifier}" here`,
          });
        };
        return {
          ImportDeclaration: check,
          ExportNamedDeclaration: (node) => check(node as unknown as ImportNode & Deno.lint.Node),
          ExportAllDeclaration: check,
        };
      },
    },
    "no-math-random": {
      create: (context) => ({
        MemberExpression(node): void {
          if (context.sourceCode.getText(node) === "Math.random") {
            context.report({
              node,
              message: "Randomness comes from crypto.getRandomValues or ring/prg.ts, never from Math.random",
            });
          }
        },
      }),
    },
    portable: {
      create: (context) => ({
        Identifier(node): void {
          const file = fileOf(context);
          if (node.name !== "Deno" || file === undefined || NATIVE.includes(file)) return;
          if (!Object.hasOwn(ALLOWED, file.split("/")[0]!)) return;
          context.report({ node, message: `${file} must run in browsers too: it must not use Deno` });
        },
      }),
    },
  },
};

export default plugin;
