/**
 * The module that a member's worker starts with.
 *
 * @module
 */
import { messagePort } from "../comm/message_port.ts";
import { runMember } from "./member.ts";
import type { WorkerOrder } from "./workers.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<WorkerOrder>) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = async ({ data }): Promise<void> => {
  const links = new Map(data.ports.map(([rank, port]) => [rank, messagePort(port)]));
  scope.postMessage(await runMember(data.job, data.rank, links));
};
