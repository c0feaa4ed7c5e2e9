import { open } from "node:fs/promises";
import type { Assembly } from "../assembly/assembly.ts";
import type { FileDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { fileFeeds } from "../sources/feeds.ts";
import { codeOf, type FoundFile, faultText, findFiles } from "../sources/file/find.ts";
import { openFile, readingText } from "../sources/file/open.ts";
import { pathKey, progressOf } from "../sources/file/progress.ts";
import { survey } from "../sources/file/survey.ts";

/** A file that a source means now: how it would be read, or why it cannot be, and how far it has come. */
export interface FileThere {
  readonly path: string;
  readonly what: string;
  /** Undefined where nothing stands in its way. */
  readonly problem: string | undefined;
  /** What to declare or install. */
  readonly hint?: string | undefined;
}

/** Each is read once as a whole: its encoding stands in all its bytes. */
const filesLooked = 20;

/** The files that stand where a source looks, the first twenty of them. */
export async function filesThere(source: FileDefinition, assembly: Assembly): Promise<readonly FileThere[]> {
  const definitions = [...assembly.integrations.values()].map(({ definition }) => definition);
  const feed = fileFeeds(definitions).find((one) => one.source === source);
  const { files, problems } = await findFiles(source, process.cwd());
  const there: FileThere[] = problems.map(({ path, why }) => ({ path, what: why, problem: why }));
  for (const file of files.slice(0, filesLooked)) {
    const progress = progressOf(await assembly.ledger.cursor(pathKey(feed?.name ?? "", file.path)));
    const same = progress?.bytes === file.bytes && progress.changedAtMs === file.changedAtMs;
    const { what, problem, hint } = await lookInto(source, file);
    const far =
      progress === undefined || !same
        ? "not read yet"
        : progress.state === "done"
          ? "read to its end"
          : `${progress.rows} rows read${progress.state === "stopped" ? `, then stopped: ${progress.why}` : ""}`;
    there.push({
      path: file.path,
      what: `${what}; ${far}`,
      problem: problem ?? (same ? progress.why : undefined),
      hint,
    });
  }
  if (files.length > filesLooked)
    there.push({ path: `and ${files.length - filesLooked} more`, what: "not looked at here", problem: undefined });
  return there;
}

async function lookInto(source: FileDefinition, file: FoundFile): Promise<Omit<FileThere, "path">> {
  try {
    const handle = await open(file.full);
    try {
      const found = await survey(handle, -1);
      const opened = await openFile(source.format, { handle, path: file.full, survey: found, from: undefined });
      return { what: `${readingText(opened.reading)}; ${file.bytes.toLocaleString("en")} bytes`, problem: undefined };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const why = codeOf(error).startsWith("E") ? faultText(error) : said(error);
    const hint = error instanceof WaybillError ? error.hint : undefined;
    return { what: `cannot be read: ${why.replace(/\.$/, "")}`, problem: why, hint };
  }
}
