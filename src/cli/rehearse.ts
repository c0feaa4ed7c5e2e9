import { WaybillError } from "../model/errors.ts";
import { jsonLinesIn } from "../rehearse/json-lines.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { plain, print, printJson, progress, writePage } from "./output.ts";

export interface RehearseOptions extends GlobalOptions {
  readonly nights?: string;
  readonly seed?: string;
  readonly from?: string;
  readonly tenants?: string;
  readonly html?: string;
}

const nightsDefault = 200;

/** `rehearse NAME`: one integration through simulated bad nights. */
export function rehearseIntegration(name: string, options: RehearseOptions): Promise<ExitCode> {
  const nights = wholeNumber("nights", options.nights) ?? nightsDefault;
  const seed = wholeNumber("seed", options.seed);
  // It has a ledger of its own for each night, and leaves the user's alone.
  return withDesk({ ...options, ledger: "sqlite::memory:" }, async ({ assembly, json }) => {
    const { definition } = assembly.known(name);
    // Loaded only where it is used.
    const { rehearsalHtml, rehearse } = await import("../rehearse/index.ts");
    const report = await rehearse(
      { name, definition },
      {
        nights,
        ...(seed !== undefined && { seed }),
        ...(options.from !== undefined && { from: options.from }),
        ...(options.tenants !== undefined && { tenants: jsonLinesIn(options.tenants, "tenants") }),
        onNight: (night) => progress(`night ${night} of ${nights}`),
      },
    );
    progress("");
    if (options.html !== undefined) writePage(options.html, rehearsalHtml(name, report));
    const { summary, ...rest } = report;
    if (json) printJson(rest);
    else for (const line of summary.split("\n")) print(plain(line));
    return report.ok ? 0 : 1;
  });
}

function wholeNumber(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(given)) return Number(given);
  throw new WaybillError("bad-usage", `--${name} is ${given}.`, "Give a whole number from 1 on.");
}
