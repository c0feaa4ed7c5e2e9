// Reads the plans that auto_explain has written into a server's log.

/** Tables that hold a row for each record: nobody may read them from end to end while records are taken and delivered. */
const large = ["records", "payloads", "contents", "marks", "effects", "requests", "due", "timeline", "entities"];

/** Which of them were, each with the statement that did it. */
export function scansIn(log: string): string[] {
  const found = new Set<string>();
  for (const entry of log.split(/^(?=\d{4}-\d\d-\d\d )/m)) {
    const query = /Query Text: ([^\n]*(?:\n(?!\t?[A-Z][A-Za-z ]+ on )[^\n]*)*)/.exec(entry)?.[1] ?? "";
    for (const [, table = ""] of entry.matchAll(/Seq Scan on (?:waybill\.)?(\w+)/g))
      if (large.includes(table)) found.add(`${table}: ${query.replaceAll(/\s+/g, " ").slice(0, 100)}`);
  }
  return [...found];
}
