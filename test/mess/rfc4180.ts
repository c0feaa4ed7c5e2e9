/**
 * A table as RFC 4180 has it, read plainly: what Waybill made of a file is held against this. Written for these tests alone.
 *
 * @returns the lines, each with its cells; empty lines are left out.
 */
export function rfc4180(text: string, delimiter = ","): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let cell = "";
  let quoted = false;
  let wasQuoted = false;
  const endCell = (): void => {
    line.push(cell);
    cell = "";
    wasQuoted = false;
  };
  const endLine = (): void => {
    if (line.length > 0 || cell !== "" || wasQuoted) {
      endCell();
      lines.push(line);
    }
    line = [];
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (letter === '"' && cell === "") {
      quoted = true;
      wasQuoted = true;
    } else if (letter === delimiter) endCell();
    else if (letter === "\n") endLine();
    else if (letter === "\r" && text[at + 1] === "\n") continue;
    else if (letter === "\r") endLine();
    else cell += letter;
  }
  endLine();
  return lines;
}
