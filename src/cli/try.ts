import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Definition } from "../define/definition.ts";
import { noticeEntity } from "../flow/arrivals.ts";
import { readRecord } from "../flow/boundary.ts";
import { tenantGiven } from "../flow/whose.ts";
import { said, WaybillError } from "../model/errors.ts";
import { encodeJson } from "../model/json.ts";
import { itemOfBody } from "../sources/item.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { dryRun } from "./dry-run.ts";
import { plain, print, printJson, styled } from "./output.ts";

/** The entity that a sample names, where it is no record and one of the sources brings notices. */
function noticeOf(definition: Definition, sample: unknown): string | undefined {
  const loads = [
    ...definition.sources.map((source) => (source.kind === "webhook" ? source.load : undefined)),
    definition.load,
  ];
  const load = loads.find((one) => one !== undefined);
  const entity = load === undefined ? undefined : noticeEntity(load, sample);
  return typeof entity === "string" ? entity : undefined;
}

export interface TryOptions extends GlobalOptions {
  readonly tenant?: string;
}

/** `try NAME FILE`: one sample through the boundary and a dry `deliver`. */
export function tryRecord(name: string, file: string, options: TryOptions): Promise<ExitCode> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new WaybillError("bad-usage", `There is no file ${file}.`, "Give a file that holds one record as JSON.");
  const bytes = readFileSync(path);
  // Nothing is stored: the ledger of a try lives in memory.
  return withDesk({ ...options, ledger: "sqlite::memory:" }, async ({ assembly, json }) => {
    const { definition, release } = assembly.known(name);
    const tenant = await tenantGiven(assembly.tenants, definition, options.tenant);
    const item = (() => {
      try {
        return itemOfBody(bytes, {});
      } catch (error) {
        throw new WaybillError("bad-usage", `${file} cannot be read: ${said(error)}`, "Give one record as JSON.");
      }
    })();
    const read = await readRecord(
      { definition, tenant, contract: release, clock: assembly.world.clock, redact: assembly.secrets.redact },
      item,
    );
    const notice = read.kind === "broken" ? noticeOf(definition, item.value) : undefined;
    if (notice !== undefined) {
      if (json) printJson({ ok: true, state: "waiting", cause: "loading", entity: notice });
      else {
        print(
          `${styled("green", "✓")} It is a notice about ${plain(notice)}: start loads that first, and what it gets is the record.`,
        );
        print(
          styled("dim", `Try that one too: waybill try ${plain(name)} FILE with the whole entity as it is loaded.`),
        );
      }
      return 0;
    }
    if (read.kind === "broken") {
      if (json)
        printJson({ ok: false, state: "quarantined", cause: read.cause, reason: read.reason, issues: read.issues });
      else {
        print(`${styled("yellow", "✗")} It would be quarantined (${read.cause}).`);
        for (const { path: at, message, found } of read.issues)
          print(`  ${plain(at === "" ? "the whole" : at)}: ${plain(message)}; found ${plain(found)}`);
      }
      return 1;
    }
    const { id, entity, key, version } = read.reading.identity;
    const identity = { id, entity, key, ...(version === undefined ? {} : { version }) };
    if (read.state === "filtered") {
      if (json) printJson({ ok: true, state: "filtered", reason: read.reason, identity });
      else print(`It meets the contract, and would be filtered out: ${plain(read.reason ?? "")}`);
      return 0;
    }
    const dry = await dryRun(assembly, definition, read.output, tenant);
    const effects = dry.effects.map(({ name: effect, change, per, request, answered }) => ({
      effect,
      per,
      how: change.idempotency.how,
      request,
      answered,
    }));
    if (json)
      printJson({
        ok: dry.threw === undefined,
        state: "waiting",
        identity,
        record: JSON.parse(encodeJson(read.output) ?? "null"),
        effects,
        calls: dry.calls,
        threw: dry.threw ?? null,
      });
    else {
      print(`${styled("green", "✓")} It meets the contract.`);
      print(
        `  id ${plain(id)}${entity === id ? "" : `, entity ${plain(entity)}`}${key === entity ? "" : `, key ${plain(key)}`}`,
      );
      print("deliver would send (nothing was sent, nothing was stored):");
      for (const { effect, per, how, request, answered } of effects) {
        print(`  ${styled("bold", plain(effect))}  ${how}${per === "entity" ? ", once per entity" : ""}`);
        print(`    ${plain(`${request?.method} ${request?.path} of ${request?.system}`)}`);
        if (request?.body !== undefined) print(`    ${plain(request.body.text)}`);
        print(
          styled(
            "dim",
            `    answered by ${answered === "a sample" ? "a sample of what it expects" : "a stand-in for anything"}`,
          ),
        );
      }
      for (const { request } of dry.calls) print(`  ${styled("dim", "call")} ${plain(request)}`);
      if (effects.length === 0) print("  nothing");
      if (dry.threw !== undefined) print(`${styled("yellow", "✗")} deliver threw: ${plain(dry.threw)}`);
    }
    return dry.threw === undefined ? 0 : 1;
  });
}
