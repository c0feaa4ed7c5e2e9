import { closest } from "../model/did-you-mean.ts";
import { checkText, type Declared, refuse, shown } from "../model/options.ts";

/** Encodings that Node does not read and iconv-lite does: old code pages, UTF-32. */
const byIconv: readonly string[] = [
  ...["cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp856", "cp857", "cp858", "cp860", "cp861"],
  ...[
    "cp862",
    "cp863",
    "cp864",
    "cp865",
    "cp869",
    "cp1046",
    "cp1124",
    "cp1125",
    "cp1129",
    "cp1133",
    "cp1161",
    "cp1162",
  ],
  ...["cp1163", "maccenteuro", "maccroatian", "macgreek", "maciceland", "macroman", "macromania", "macturkish"],
  ...["hproman8", "viscii", "tcvn", "armscii8", "utf-32", "utf-32le", "utf-32be"],
];

/** What people mistype, for the hint. */
const usual: readonly string[] = [
  ...["utf-8", "utf-16le", "utf-16be", "latin1", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250"],
  ...["windows-1251", "windows-1252", "windows-1253", "windows-1254", "macintosh", "shift_jis", "euc-jp", "euc-kr"],
  ...["gb18030", "gbk", "big5", "koi8-r", ...byIconv],
];

/** Whether iconv-lite is needed to read it. */
export function needsIconv(encoding: string): boolean {
  return byIconv.includes(encoding);
}

/** The name of an encoding as the rest of Waybill writes it; `"auto"` stays. */
export function checkEncoding(thing: Declared, encoding: unknown): string {
  checkText(thing, "encoding", encoding);
  const name = (encoding as string).trim().toLowerCase();
  if (name === "auto" || needsIconv(name)) return name;
  try {
    return whatwgName(name);
  } catch {
    const meant = closest(name, usual);
    refuse(
      thing,
      `encoding is ${shown(encoding)}, which nobody here can read.`,
      meant === undefined
        ? 'Such as "utf-8", "windows-1252", "shift_jis", "cp850", or "auto".'
        : `Did you mean "${meant}"?`,
    );
  }
}

/** Names that the Encoding standard reads as windows-1252 keep the name that people know them by. */
function whatwgName(name: string): string {
  const { encoding } = new TextDecoder(name);
  return encoding === "windows-1252" && /^(iso-?8859-?1|latin-?1|l1)$/.test(name) ? "latin1" : encoding;
}
