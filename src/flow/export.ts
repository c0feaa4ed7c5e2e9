import type { Ledger, RecordFilter, RecordWhole } from "../ledger/ledger.ts";
import { type Redact, wholeView } from "./views.ts";

/** Records of which the payloads are in memory at once. */
const atOnce = 16;
/** Records that one look at the ledger names. */
const pageRows = 200;

export interface ExportOptions {
  /** What came, as it came, too. */
  readonly raw: boolean;
  readonly redact: Redact;
  /** Before a record is shown: its requests may name secrets that nobody has read yet. */
  readonly onWhole?: (whole: RecordWhole) => void | Promise<void>;
}

/**
 * Every record that meets a filter, oldest first: one line of JSON each, as `show --json` tells it, effects included. Reads as it is read from, so that
 * memory does not grow with the ledger. What is written meanwhile may be in it.
 */
export async function* exportLines(
  ledger: Pick<Ledger, "find" | "record">,
  filter: RecordFilter,
  { raw, redact, onWhole }: ExportOptions,
): AsyncGenerator<string, void> {
  let before: string | undefined;
  do {
    const { rows, next } = await ledger.find({ ...filter, order: "oldest", limit: pageRows, before });
    for (let at = 0; at < rows.length; at += atOnce) {
      const wholes = await Promise.all(rows.slice(at, at + atOnce).map(({ record }) => ledger.record(record)));
      for (const whole of wholes) {
        // Pruned since it was named.
        if (whole === undefined) continue;
        await onWhole?.(whole);
        const { raw: text, ...view } = wholeView(whole, redact) as { raw: string | null };
        yield `${JSON.stringify(raw ? { ...view, raw: text } : view)}\n`;
      }
    }
    before = next;
  } while (before !== undefined);
}
