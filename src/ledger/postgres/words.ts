import type { Sql } from "./line.ts";

/**
 * The numbers of texts that many rows share, in the order of the texts. A text that is new gets the next number; where two transactions take the same one,
 * the later waits for the earlier, finds nothing inserted, and looks again.
 */
export async function openWords(sql: Sql, texts: readonly string[]): Promise<readonly number[]> {
  const found = new Map<string, number>();
  for (;;) {
    // In one order everywhere, so that two transactions with the same new texts wait for each other in one direction.
    const missing = [...new Set(texts)].filter((text) => !found.has(text)).sort();
    if (missing.length === 0) return texts.map((text) => found.get(text) as number);
    for (const [word, text] of await sql.rows("select word, text from waybill.words where text = any($1)", missing))
      found.set(text as string, word as number);
    const unknown = missing.filter((text) => !found.has(text));
    if (unknown.length > 0) sql.send(inserting, unknown);
  }
}

const inserting = `
  insert into waybill.words (word, text)
  select coalesce((select max(word) from waybill.words), 0) + n, text from unnest($1::text[]) with ordinality as given (text, n)
  on conflict do nothing`;
