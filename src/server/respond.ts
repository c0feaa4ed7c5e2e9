import type { WebhookRespond } from "../define/source.ts";
import type { ItemTaken } from "../flow/intake.ts";
import type { PlainAnswer } from "../world/http-server.ts";
import { jsonAnswer } from "./problem.ts";

// The acknowledgement: everything is durable by now, so whatever a definition's `respond` does, the sender is told so. An answer that is not in the
// range of 2xx would make it send again what is already here.

/** Set by the connection itself; a second one would split the answer in two. */
const connectionHeaders = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const badInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** What a sender is told about what was taken. Duplicates and quarantined records are acknowledged too: they are here. */
export function acknowledgement(taken: readonly ItemTaken[], respond: WebhookRespond | undefined): PlainAnswer {
  const records = taken.length === 1 ? (taken[0] as ItemTaken) : taken.flat();
  if (respond !== undefined) {
    const answer = answerOf(respond, records);
    if (answer !== undefined) return answer;
  }
  const [first] = records;
  if (first === undefined) return jsonAnswer(202, { records: [] });
  const { record, state } = first;
  if (records.length === 1) return jsonAnswer(202, { record, state });
  return jsonAnswer(202, {
    record,
    state,
    records: records.map((one) => ({ integration: one.integration, record: one.record, state: one.state })),
  });
}

/** What `respond` says, as far as it can be said; undefined when it says nothing. */
function answerOf(respond: WebhookRespond, records: ItemTaken): PlainAnswer | undefined {
  let said: unknown;
  try {
    said = respond({ records: records.map(({ record, state }) => ({ record, state })) });
  } catch {
    return undefined;
  }
  if (said instanceof Promise) {
    said.catch(() => undefined);
    return undefined;
  }
  if (typeof said !== "object" || said === null) return undefined;
  const { status, headers, body } = said as { status?: unknown; headers?: unknown; body?: unknown };
  const good = Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 299;
  const answered = good ? (status as number) : 202;
  const text = typeof body === "string" && answered !== 204 && answered !== 205 ? body : "";
  return { status: answered, headers: safeHeaders(headers, text), body: text };
}

function safeHeaders(given: unknown, body: string): Record<string, string> {
  const safe: Record<string, string> = { "x-content-type-options": "nosniff" };
  if (body !== "") safe["content-type"] = "text/plain; charset=utf-8";
  if (typeof given !== "object" || given === null) return safe;
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!headerName.test(name) || connectionHeaders.has(lower)) continue;
    if (typeof value === "string" && !badInValue.test(value)) safe[lower] = value;
  }
  return safe;
}
