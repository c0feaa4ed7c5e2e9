import type { AnySchema } from "../define/schema.ts";
import { said } from "../model/errors.ts";
import { type Clock, sleep } from "../world/clock.ts";

export type Met = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

/** Whether a value meets a schema, and what the schema makes of it. A promise only when the schema is asynchronous. */
export function meets(schema: AnySchema, value: unknown, clock: Clock, msMax: number): Met | Promise<Met> {
  try {
    const result = schema["~standard"].validate(value);
    return result instanceof Promise ? settled(result, clock, msMax) : metOf(result);
  } catch (thrown) {
    return { ok: false, why: `expect threw: ${said(thrown)}` };
  }
}

type Result = Awaited<ReturnType<AnySchema["~standard"]["validate"]>>;

async function settled(result: Promise<Result>, clock: Clock, msMax: number): Promise<Met> {
  const over = new AbortController();
  try {
    return await Promise.race([
      result.then(metOf),
      sleep(clock, msMax, over.signal).then(
        (): Met => ({ ok: false, why: `expect did not finish within ${msMax} ms` }),
      ),
    ]);
  } catch (thrown) {
    return { ok: false, why: `expect threw: ${said(thrown)}` };
  } finally {
    over.abort();
  }
}

function metOf(result: Result): Met {
  if (result.issues === undefined) return { ok: true, value: result.value };
  const issues = result.issues.slice(0, 3).map(({ path, message }) => {
    const where = (path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".");
    return where === "" ? message : `${where}: ${message}`;
  });
  return { ok: false, why: issues.join("; ") };
}
