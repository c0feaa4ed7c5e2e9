// Tables of other projects' tests, read where they lie; nothing of them is kept here. Prints what became of each file, and fails when a row is missing, a
// cell is not in its file, or something breaks.
//
//   npm run mess -- FOLDER …      folders with .csv, .tsv, .txt, .json, .jsonl and .xlsx files
import { existsSync, readFileSync } from "node:fs";
import { csv, type Format, json, jsonl, xlsx } from "waybill";
import { filesIn, readFolder } from "./folder.ts";

const formats: readonly (readonly [readonly string[], Format])[] = [
  [[".csv", ".tsv", ".psv", ".ssv", ".csvformat", ".csv2k"], csv()],
  [[".json"], json()],
  [[".jsonl", ".ndjson"], jsonl()],
  [[".xlsx"], xlsx()],
];

let failed = false;
const totals = { files: 0, rows: 0, delivered: 0, quarantined: 0, duplicates: 0, stopped: 0 };
for (const folder of process.argv.slice(2)) {
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}.`);
  for (const [endings, format] of formats) {
    for (const name of filesIn(folder, endings)) {
      const { files, delivered, quarantined, duplicates, balanced } = await readFolder(folder, [name], format);
      const became = files.get(name) ?? { rows: 0 };
      const rows = delivered.length + quarantined + duplicates;
      const missing = became.stopped === undefined && became.rows !== rows;
      const foreign =
        format.kind === "xlsx" ? [] : foreignCells(readFileSync(`${folder}/${name}`), became.reading ?? "", delivered);
      const isWrong = missing || foreign.length > 0 || !balanced;
      failed ||= isWrong;
      totals.files++;
      totals.rows += rows;
      totals.delivered += delivered.length;
      totals.quarantined += quarantined;
      totals.duplicates += duplicates;
      if (became.stopped !== undefined) totals.stopped++;
      console.log(
        `${isWrong ? "WRONG " : ""}${name.padEnd(44)} ${String(delivered.length).padStart(6)} delivered ${String(quarantined).padStart(5)} quarantined ${String(duplicates).padStart(4)} alike  ${became.stopped === undefined ? (became.reading ?? "") : `stopped: ${became.stopped}`}`,
      );
      if (foreign.length > 0) console.log(`  not in the file: ${JSON.stringify(foreign.slice(0, 3))}`);
    }
  }
}
console.log(
  `\n${totals.files} files, ${totals.rows} rows = ${totals.delivered} delivered + ${totals.quarantined} quarantined + ${totals.duplicates} like those; ${totals.stopped} files stopped with a reason`,
);
if (failed) process.exitCode = 1;

/** Texts that were delivered and do not stand in the file, as it is encoded and quoted. */
function foreignCells(bytes: Buffer, reading: string, delivered: readonly unknown[]): string[] {
  const encoding = /utf-16le|utf-16be|windows-1252|latin1|iso-8859-\d+/i.exec(reading)?.[0] ?? "utf-8";
  const text = new TextDecoder(encoding).decode(bytes);
  const isThere = (cell: string): boolean =>
    text.includes(cell) ||
    text.includes(cell.replaceAll('"', '""')) ||
    text.includes(JSON.stringify(cell).slice(1, -1)) ||
    /\\/.test(text);
  const cells = delivered.flatMap((value) =>
    typeof value === "object" && value !== null ? Object.values(value) : [value],
  );
  return cells.filter((cell): cell is string => typeof cell === "string" && !isThere(cell));
}
