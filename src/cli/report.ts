import { mailedReport } from "../define/report.ts";
import { said } from "../model/errors.ts";
import { declared } from "../model/options.ts";
import { reportHtml } from "../report/html.ts";
import { lacksServer, sendReport } from "../report/mailed.ts";
import { makeReport } from "../report/make.ts";
import type { Report } from "../report/report.ts";
import { reportText } from "../report/text.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, say, styled, writePage } from "./output.ts";

const mailMs = 60_000;

export interface ReportOptions extends GlobalOptions {
  readonly since?: string;
  readonly tenant?: string;
  readonly html?: string;
  readonly mail?: string;
}

/** `report [INTEGRATION]`: the week in one page, as text, as JSON, or as a file to look at. */
export function report(integration: string | undefined, options: ReportOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { assembly, json } = desk;
    const { ledger, secrets, world, integrations } = assembly;
    if (integration !== undefined) assembly.known(integration);
    const { since, tenant } = options;
    const parts = { ledger, names: [...integrations.keys()], redact: secrets.redact };
    const made = await makeReport(parts, { since, integration, tenant }, world.clock.now());
    if (options.html !== undefined) writePage(options.html, reportHtml(made).text);
    if (json) printJson(made);
    else if (options.html === undefined && options.mail === undefined) print(reportText(made, styled));
    return options.mail === undefined ? 0 : mail(options.mail, made, desk);
  });
}

/** At once, past the flow: whoever types it waits for what comes of it. */
async function mail(to: string, made: Report, { assembly, project }: Desk): Promise<ExitCode> {
  const { secrets } = assembly;
  const { alerts, report: { by } = {} } = project.config;
  const addresses = to.split(",").map((one) => one.trim());
  const options = { mail: addresses, ...(by === undefined ? {} : { by }) };
  const mailed = mailedReport(declared("--mail", "bad-usage"), options, alerts);
  const over = new AbortController();
  const cancel = assembly.world.clock.after(mailMs, () => over.abort(new Error("the mail server took too long")));
  const why =
    lacksServer(mailed, secrets) ?? (await sendReport(mailed, made, secrets, over.signal).then(() => undefined, said));
  cancel();
  say(why === undefined ? `The report is mailed to ${to}.` : `The report is not mailed: ${why}`);
  return why === undefined ? 0 : 1;
}
