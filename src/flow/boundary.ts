import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Definition } from "../define/integration.ts";
import type { Reading, Unique } from "../ledger/ledger.ts";
import { canonicalJson } from "../model/canonical.ts";
import { decodeText } from "../model/charset.ts";
import { decode, encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { digest, keyHashOf, nameHash } from "../model/identity.ts";
import { decodeJson, encodeJson } from "../model/json.ts";
import type { Cause, Issue } from "../model/record.ts";
import { UnreadableJson } from "../model/unreadable.ts";
import type { Flaw } from "../sources/item.ts";
import type { Clock } from "../world/clock.ts";
import { identify, type Names } from "./identify.ts";
import { issueAt, issuesOf, reasonOf, shortened } from "./issues.ts";
import { searchOf } from "./search.ts";
import { uniqueOf } from "./unique.ts";

// The boundary, after decoding: contract → identify → accept. Nothing here is async unless the contract is, because every record passes through it.
//
// What the contract made of a record is put into text before anybody else sees it, so that code which changes what it is given changes nothing else.

const contractTimeoutMs = 30_000;

/** Whose boundary it is. */
export interface Gate {
  readonly definition: Definition;
  readonly tenant: string;
  /** Names the contract that reads. */
  readonly contract: string;
  readonly clock: Clock;
  /** Code of the user's own says what is wrong in its own words, which are stored: they may quote a secret. */
  readonly redact: (text: string) => string;
}

/** What reading needs besides what is read. */
export type Reader = Pick<Gate, "clock" | "redact">;

/** One thing that came, decoded. */
export interface Given {
  readonly value: unknown;
  /** What is kept: text where the bytes are that text, letter for letter. */
  readonly raw: Uint8Array | string;
  readonly rawHash: Uint8Array;
}

/** It meets the contract; it may still be filtered out. */
export interface Passed {
  readonly kind: "passed";
  readonly state: "waiting" | "filtered";
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly reading: Reading;
  /** What the contract made of it, as `deliver` will get it. */
  readonly output: unknown;
}

/** It belongs in the quarantine. */
export interface Broken {
  readonly kind: "broken";
  readonly cause: Cause;
  readonly reason: string;
  readonly issues: readonly Issue[];
  /** Where it is known which record it is, although it cannot be taken. */
  readonly reading: Reading | undefined;
}

export type ReadResult = Passed | Broken;

/** Reads one thing that came: contract, identity, accept. A promise only where the contract answers with one. Never throws, never rejects. */
export function readRecord(gate: Gate, given: Given): ReadResult | Promise<ReadResult> {
  let checked: unknown;
  try {
    checked = gate.definition.contract["~standard"].validate(given.value);
  } catch (error) {
    return failed(`the contract threw: ${gate.redact(said(error))}`);
  }
  if (isPromise(checked)) return awaitContract(gate, given, checked);
  return afterContract(gate, given, checked);
}

/**
 * Reads a record again from what is kept of it: for release, edit, comparison, and after a deploy that changed the contract.
 *
 * @param source as stored with it: what was handed in by a program may hold a Date or a bigint, which only the codec reads.
 */
export function readKept(gate: Gate, source: string, raw: Uint8Array | string): ReadResult | Promise<ReadResult> {
  try {
    return readRecord(gate, { value: decodeKept(source, raw), raw, rawHash: digest(raw) });
  } catch (error) {
    return source.startsWith("file:") ? stoppedRow(error) : unreadable(error);
  }
}

/** A row that broke the format of its file is kept as it stood there, and no contract can read that. */
function stoppedRow(error: unknown): Broken {
  if (!(error instanceof UnreadableJson) || error.readable) return unreadable(error);
  const why =
    "it is a row as it stood in its file, which breaks the file's format; edit it into JSON, or have it sent again";
  return broken("contract", [issueAt("", why, undefined)]);
}

/** @throws {UnreadableJson} */
export function decodeKept(source: string, raw: Uint8Array | string): unknown {
  const text = typeof raw === "string" ? raw : decodeText(raw);
  const value = decodeJson(text, {
    depthMax: keptDepthMax,
    keysMax: Number.POSITIVE_INFINITY,
    bytesMax: Number.POSITIVE_INFINITY,
  });
  return handedIn.test(source) && text.includes('{"$') ? decode(text) : value;
}

/** A value in the form in which what came from this source is kept. @throws {WaybillError} `effect-misused` when there is none. */
export function encodeKept(source: string, value: unknown): string {
  return handedIn.test(source) ? encode(value) : encodeJson(value);
}

/** Sources whose records a program made: what is kept of those is text of the codec. */
const handedIn = /^(push|poll):/;

/** What was taken once is read again, whatever the limits of its source were. */
const keptDepthMax = 1_000;

/** What its source could not make an item of. */
export function flawed({ cause, path, message }: Flaw): Broken {
  return broken(cause, [issueAt(path, message, undefined)]);
}

function unreadable(error: unknown): Broken {
  if (error instanceof UnreadableJson) return broken("contract", [issueAt(error.path, error.message, undefined)]);
  return broken("contract", [issueAt("", said(error), undefined)]);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

async function awaitContract(gate: Gate, given: Given, checking: PromiseLike<unknown>): Promise<ReadResult> {
  let cancel = (): void => undefined;
  const late = new Promise<Broken>((resolve) => {
    cancel = gate.clock.after(contractTimeoutMs, () =>
      resolve(failed(`the contract did not answer within ${contractTimeoutMs / 1_000} seconds`)),
    );
  });
  const answered = Promise.resolve(checking).then(
    (checked) => afterContract(gate, given, checked),
    (error: unknown) => failed(`the contract threw: ${gate.redact(said(error))}`),
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    cancel();
  }
}

function afterContract(gate: Gate, given: Given, checked: unknown): ReadResult {
  if (typeof checked !== "object" || checked === null)
    return failed("the contract answered neither a value nor issues");
  const { issues } = checked as StandardSchemaV1.Result<unknown>;
  if (issues !== undefined) {
    const list = Array.isArray(issues) && issues.length > 0 ? issues : [{ message: "it breaks the contract" }];
    return broken("contract", issuesOf(given.value, list, gate.redact));
  }
  const output = (checked as { readonly value: unknown }).value;
  let content: string;
  let fingerprint: Uint8Array;
  try {
    content = encode(output);
    fingerprint = digest(canonicalJson(output));
  } catch (error) {
    return failed(`what the contract made of it cannot be kept: ${gate.redact(said(error))}`);
  }
  const names = identify(gate.definition, output, gate.redact);
  if ("issue" in names) return broken("identity", [names.issue]);
  const unique = uniqueOf(gate.definition, gate.tenant, output, gate.redact);
  if (unique !== undefined && "issue" in unique) return broken("identity", [unique.issue]);
  const search = searchOf(gate.definition, output, gate.redact);
  if (search !== undefined && "issue" in search) return broken("identity", [search.issue]);
  return accept(gate, readingOf(gate, given, { names, content, fingerprint, unique, search }), output);
}

/** What the contract and `identify` made of it. */
interface Made {
  readonly names: Names;
  readonly content: string;
  readonly fingerprint: Uint8Array;
  readonly unique: Unique | undefined;
  readonly search: readonly string[] | undefined;
}

function readingOf(gate: Gate, given: Given, { names, content, fingerprint, unique, search }: Made): Reading {
  const { definition, tenant, contract } = gate;
  const { name, sameId } = definition;
  const { id, entity, key, keyGiven, version } = names;
  const idMark = nameHash(name, tenant, id);
  const entityHash = entity === id ? idMark : nameHash(name, tenant, entity);
  const keyHash = keyHashOf(key === entity ? entityHash : nameHash(name, tenant, key));
  return {
    identity: { id, entity, key, keyGiven, version, keyHash, entityHash, fingerprint, search },
    idMark,
    rawHash: given.rawHash,
    contract,
    content: content === given.raw && !content.includes('{"$') ? undefined : content,
    raw: undefined,
    sameId,
    unique,
  };
}

function accept(gate: Gate, reading: Reading, output: unknown): ReadResult {
  const passed = { kind: "passed", state: "waiting", cause: undefined, reason: undefined, reading, output } as const;
  if (gate.definition.accept === undefined) return passed;
  let answer: unknown;
  try {
    answer = gate.definition.accept(output);
  } catch (error) {
    return { ...broken("accept-failed", [issueAt("", `accept threw: ${gate.redact(said(error))}`, output)]), reading };
  }
  if (answer === true) return passed;
  if (answer === false || typeof answer === "string") {
    const reason = answer === false || answer === "" ? "accept said no" : shortened(gate.redact(answer));
    return { ...passed, state: "filtered", cause: "not-accepted", reason };
  }
  if (isPromise(answer)) answer.then(undefined, () => undefined);
  const what = isPromise(answer) ? "a promise" : answer === null ? "null" : `a value of type ${typeof answer}`;
  const message = `accept returned ${what}; it returns true, false, or the reason why not`;
  return { ...broken("accept-failed", [issueAt("", message, undefined)]), reading };
}

function broken(cause: Cause, issues: readonly Issue[]): Broken {
  return { kind: "broken", cause, reason: reasonOf(issues), issues, reading: undefined };
}

function failed(why: string): Broken {
  return broken("contract-failed", [issueAt("", why, undefined)]);
}
