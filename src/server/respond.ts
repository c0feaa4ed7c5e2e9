import type { WebhookRespond } from "../define/source.ts";
import type { ItemTaken } from "../flow/intake.ts";
import { said } from "../model/errors.ts";
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

/**
 * What a sender is told about what was taken. Duplicates and quarantined records are acknowledged too: they are here.
 *
 * @param complain is told what `respond` said that cannot be said to a sender.
 */
export function acknowledgement(
  taken: readonly ItemTaken[],
  respond: WebhookRespond | undefined,
  complain: (what: string) => void,
): PlainAnswer {
  const records = taken.length === 1 ? (taken[0] as ItemTaken) : taken.flat();
  if (respond !== undefined) {
    const answer = answerOf(respond, records, complain);
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
function answerOf(
  respond: WebhookRespond,
  records: ItemTaken,
  complain: (what: string) => void,
): PlainAnswer | undefined {
  let answered: unknown;
  try {
    answered = respond({ records: records.map(({ record, state }) => ({ record, state })) });
  } catch (error) {
    complain(`it threw: ${said(error)}`);
    return undefined;
  }
  if (answered instanceof Promise) {
    answered.catch(() => undefined);
    complain("it returned a promise; it has to answer at once");
    return undefined;
  }
  if (typeof answered !== "object" || answered === null) {
    complain("it returned no answer");
    return undefined;
  }
  const { status: asked = 202, headers, body = "" } = answered as Readonly<Record<string, unknown>>;
  const status =
    Number.isInteger(asked) && (asked as number) >= 200 && (asked as number) <= 299 ? (asked as number) : 202;
  if (status !== asked) complain("its status is not a whole number from 200 to 299, and everything is taken");
  if (typeof body !== "string") complain("its body is not text");
  const text = typeof body === "string" && status !== 204 && status !== 205 ? body : "";
  return { status, headers: safeHeaders(headers, text, complain), body: text };
}

function safeHeaders(given: unknown, body: string, complain: (what: string) => void): Record<string, string> {
  const safe: Record<string, string> = { "x-content-type-options": "nosniff" };
  if (body !== "") safe["content-type"] = "text/plain; charset=utf-8";
  if (typeof given !== "object" || given === null) return safe;
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    const good = headerName.test(name) && !connectionHeaders.has(lower);
    if (good && typeof value === "string" && !badInValue.test(value)) safe[lower] = value;
    else complain(`its header ${JSON.stringify(name.slice(0, 100))} cannot be sent`);
  }
  return safe;
}
