import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { said, WaybillError } from "../model/errors.ts";

// A person's own editor, over a file that nobody else may read. The file stays until what was typed is stored: whatever goes wrong, nothing typed is
// lost.

export interface Draft {
  readonly file: string;
  /**
   * Opens the editor over the text, below lines that only inform; answers what was saved.
   *
   * @throws {WaybillError} `bad-usage` when there is no editor, when it fails, or when nothing is left in the file.
   */
  edit(text: string, about: readonly string[]): Promise<string>;
  /** What was typed is stored elsewhere. */
  forget(): void;
}

/** What is above this line is not part of the text. */
const cut = "// -------- what is below this line is the record --------";

export function openDraft(name: string): Draft {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (editor === undefined || editor === "") {
    throw new WaybillError(
      "bad-usage",
      "There is no editor to open: neither VISUAL nor EDITOR is set.",
      "Set one, or give the new content with --from FILE, or changes with --set path=value.",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "waybill-edit-"));
  const file = join(folder, `${name}.json`);
  return {
    file,
    async edit(text, about) {
      writeFileSync(file, `${about.map((line) => `// ${line}\n`).join("")}${cut}\n${text}`, { mode: 0o600 });
      await run(editor, file);
      return savedIn(file);
    },
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The editor may be a command with options, as in EDITOR="code --wait". */
async function run(editor: string, file: string): Promise<void> {
  const windows = process.platform === "win32";
  const child = windows
    ? spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" })
    : spawn("sh", ["-c", `${editor} "$@"`, editor, file], { stdio: "inherit" });
  // Ctrl-C is for the editor.
  const leave = (): void => undefined;
  process.on("SIGINT", leave);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    if (code === 0) return;
    throw failed(editor, signal === null ? `ended with ${code}` : `was ended by ${signal}`, file);
  } catch (error) {
    if (error instanceof WaybillError) throw error;
    throw failed(editor, `cannot be started: ${said(error)}`, file);
  } finally {
    process.off("SIGINT", leave);
  }
}

function failed(editor: string, how: string, file: string): WaybillError {
  return new WaybillError(
    "bad-usage",
    `The editor ${JSON.stringify(editor)} ${how}.`,
    `Nothing is changed. What it left is in ${file}: give that with --from, or set EDITOR to another one.`,
  );
}

function savedIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new WaybillError("bad-usage", `What was edited cannot be read: ${said(error)}`, "Nothing is changed.");
  }
  const body = withoutAbout(text);
  if (body.trim() !== "") return body;
  throw new WaybillError(
    "bad-usage",
    "The editor saved an empty text.",
    "Nothing is changed. `quarantine discard` (or dead, held) drops a record.",
  );
}

/** The record's own text, also of a file that was kept. */
export function withoutAbout(text: string): string {
  const at = text.indexOf(cut);
  return at < 0 ? text : text.slice(at + cut.length).replace(/^\r?\n/, "");
}
