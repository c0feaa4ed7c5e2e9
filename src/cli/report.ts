import { writeFileSync } from "node:fs";
import { said, WaybillError } from "../model/errors.ts";
import { reportHtml } from "../report/html.ts";
import { makeReport } from "../report/make.ts";
import { reportText } from "../report/text.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, say, styled } from "./output.ts";

export interface ReportOptions extends GlobalOptions {
  readonly since?: string;
  readonly tenant?: string;
  readonly html?: string;
}

/** `report [INTEGRATION]`: the week in one page, as text, as JSON, or as a file to look at. */
export function report(integration: string | undefined, options: ReportOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { ledger, secrets, world, integrations } = assembly;
    if (integration !== undefined) assembly.known(integration);
    const { since, tenant } = options;
    const parts = { ledger, names: [...integrations.keys()], redact: secrets.redact };
    const made = await makeReport(parts, { since, integration, tenant }, world.clock.now());
    if (options.html !== undefined) write(options.html, reportHtml(made).text);
    if (json) printJson(made);
    else if (options.html === undefined) print(reportText(made, styled));
    return 0;
  });
}

function write(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new WaybillError("bad-usage", `${file} cannot be written: ${said(error)}`, "Give --html the path of a file.");
  }
  say(`The page is in ${file}.`);
}
