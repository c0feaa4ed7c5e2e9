import assert from "node:assert/strict";
import type { AnySchema } from "waybill";

/** What a schema makes of a value, which must meet it. */
export async function made(schema: AnySchema, value: unknown): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  assert.equal(result.issues, undefined, JSON.stringify(result.issues));
  return "value" in result ? result.value : undefined;
}

/** What a schema says of a value, which must break it: every issue, joined. */
export async function broken(schema: AnySchema, value: unknown): Promise<string> {
  const result = await schema["~standard"].validate(value);
  assert.ok(result.issues !== undefined, `${JSON.stringify(value)} meets the contract`);
  return result.issues.map(({ message }) => message).join("; ");
}
