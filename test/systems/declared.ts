import type { HttpChange, PerformChange } from "../../src/define/request.ts";
import type { SystemDefinition } from "../../src/define/system.ts";

/** A system, declared and checked. */
export function aSystem(more: Partial<SystemDefinition> = {}): SystemDefinition {
  return {
    name: "books",
    baseUrl: new URL("http://127.0.0.1:1/v2"),
    auth: undefined,
    headers: undefined,
    limits: [],
    timeoutMs: 2_000,
    answerBytesMax: 100_000,
    breaker: undefined,
    classify: undefined,
    vendor: undefined,
    pagination: undefined,
    probe: undefined,
    privateAllowed: true,
    ...more,
  };
}

/** A POST that carries its key in a header, and nothing else. */
export function aChange(more: Partial<HttpChange> = {}): HttpChange {
  return {
    kind: "change",
    how: "http",
    system: aSystem(),
    method: "POST",
    path: "/invoices",
    query: undefined,
    headers: undefined,
    json: undefined,
    hasJson: more.json !== undefined,
    form: undefined,
    body: undefined,
    expect: undefined,
    timeoutMs: undefined,
    classify: undefined,
    orAbsent: false,
    idempotency: byKey(),
    ...more,
  } as HttpChange;
}

export function aRead(more: Partial<HttpChange> = {}): HttpChange {
  return aChange({ kind: "read", method: "GET", idempotency: { how: "natural" }, ...more });
}

export function aPerform(more: Partial<PerformChange>): PerformChange {
  return {
    kind: "change",
    how: "perform",
    system: aSystem({ name: "bank", baseUrl: undefined }),
    idempotency: byKey(),
    request: undefined,
    hasRequest: more.request !== undefined,
    run: () => undefined,
    simulate: undefined,
    expect: undefined,
    ...more,
  } as PerformChange;
}

export function byKey(
  more: { header?: string; query?: string; body?: string; max?: number } = {},
): HttpChange["idempotency"] {
  return {
    how: "byKey",
    header: undefined,
    query: undefined,
    body: undefined,
    max: 50,
    windowMs: 86_400_000,
    after: undefined,
    ...more,
  };
}
