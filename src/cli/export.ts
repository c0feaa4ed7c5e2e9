import { once } from "node:events";
import { createWriteStream, existsSync, linkSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Writable } from "node:stream";
import { exportLines } from "../flow/export.ts";
import { knowSecretsOfTenant } from "../flow/whose.ts";
import { WaybillError } from "../model/errors.ts";
import { type ExitCode, withDesk } from "./command.ts";
import { knowSecretsOf } from "./known-secrets.ts";
import { printJson, progress, say, styled } from "./output.ts";
import { filterFrom, type RecordsOptions } from "./records.ts";

export interface ExportOptions extends RecordsOptions {
  readonly raw?: boolean;
}

/** `export [FILE]`: records with their effects as JSON Lines, oldest first, to standard output or into a new file. */
export function exportRecords(file: string | undefined, options: ExportOptions): Promise<ExitCode> {
  const path = file === undefined || file === "-" ? undefined : resolve(file);
  if (path !== undefined && existsSync(path))
    throw new WaybillError(
      "bad-usage",
      `${file} is there already.`,
      "Give another name: an export overwrites nothing.",
    );
  if (path === undefined && options.json === true)
    throw new WaybillError(
      "bad-usage",
      "--json is one document, and an export is many lines.",
      "Name a file, or leave --json out.",
    );
  return withDesk(
    options,
    async ({ assembly, json }) => {
      if (options.integration !== undefined) assembly.known(options.integration);
      const { limit: _limit, before: _before, ...filter } = filterFrom(options, assembly.world.clock.now());
      const lines = exportLines(assembly.ledger, filter, {
        raw: options.raw === true,
        redact: assembly.secrets.redact,
        async onWhole(whole) {
          await knowSecretsOfTenant(assembly.tenants, assembly.integrations, whole);
          knowSecretsOf(
            assembly,
            whole.effects.map(({ request }) => request),
          );
        },
      });
      const count = await (path === undefined ? writeTo(process.stdout, lines) : intoFile(path, lines));
      progress("");
      if (json) printJson({ file: path, records: count });
      else if (path !== undefined) say(`${styled("green", "✓")} ${path}: ${count.toLocaleString("en")} records`);
      return 0;
    },
    { mustExist: true },
  );
}

/** Under another name until it is whole. */
async function intoFile(path: string, lines: AsyncIterable<string>): Promise<number> {
  const unfinished = `${path}.unfinished`;
  try {
    const stream = createWriteStream(unfinished, { flags: "wx", mode: 0o600, flush: true });
    const count = await writeTo(stream, lines);
    stream.end();
    await once(stream, "close");
    linkSync(unfinished, path);
    return count;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof WaybillError) throw error;
    throw new WaybillError(
      "bad-usage",
      `${path} cannot be written: ${message}.`,
      "Name a file that is not there, in a folder that is.",
    );
  } finally {
    rmSync(unfinished, { force: true });
  }
}

const tellEvery = 1_000;

/** As fast as it is taken. */
async function writeTo(out: Writable, lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    if (!out.write(line)) await once(out, "drain");
    count += 1;
    if (count % tellEvery === 0 && out !== process.stdout) progress(`${count.toLocaleString("en")} records`);
  }
  return count;
}
