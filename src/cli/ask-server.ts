import { decodeJson } from "../model/json.ts";
import type { Desk } from "./command.ts";

// What only the process that runs can know (what is in flight, what is left of a limit) is asked of its server. It says in the ledger where it listens.

const timeoutMs = 3_000;
const answerBytesMax = 10_000_000;

export type Live<T> =
  | { readonly kind: "live"; readonly answer: T }
  /** Nobody runs the integrations now. */
  | { readonly kind: "nothing-runs" }
  /** Somebody does, and does not answer: a program of the user's own may not listen at all. */
  | { readonly kind: "no-answer"; readonly why: string };

/** Asks the process that runs on this ledger, over its own HTTP API. Never rejects for its sake. */
export async function askServer<T>({ assembly, project }: Desk, path: string): Promise<Live<T>> {
  const { ledger, world, secrets } = assembly;
  if (!(await ledger.isOwned())) return { kind: "nothing-runs" };
  const { serverUrl } = await ledger.bulletin();
  if (serverUrl === undefined) return { kind: "no-answer", why: "it does not listen" };
  const token = project.config.server?.token;
  const value = token === undefined ? undefined : secrets.optional(token.name);
  const answered = await world.transport({
    method: "GET",
    origin: new URL(serverUrl).origin,
    path,
    headers: ["accept", "application/json", ...(value === undefined ? [] : ["authorization", `Bearer ${value}`])],
    body: undefined,
    timeoutMs,
    answerBytesMax,
    signal: undefined,
    beforeSend: undefined,
    privateAllowed: true,
  });
  if (answered.kind === "failed") return { kind: "no-answer", why: `${serverUrl}: ${answered.message}` };
  if (answered.status !== 200) return { kind: "no-answer", why: `${serverUrl} answers ${answered.status}` };
  return { kind: "live", answer: decodeJson(answered.body) as T };
}
