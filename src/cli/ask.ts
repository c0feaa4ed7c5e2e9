import { createInterface } from "node:readline/promises";

/** Whether somebody sits there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on the terminal, and takes an empty line for `otherwise`. The end of the input, as Ctrl-C, is a no. */
export async function confirmed(
  question: string,
  otherwise: boolean,
  on: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } = {
    input: process.stdin,
    output: process.stderr,
  },
): Promise<boolean> {
  const terminal = createInterface(on);
  try {
    const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("no")));
    const asked = terminal.question(`${question} ${otherwise ? "[Y/n]" : "[y/N]"} `);
    const answer = (await Promise.race([asked, closed])).trim().toLowerCase();
    return answer === "" ? otherwise : answer === "y" || answer === "yes";
  } finally {
    terminal.close();
  }
}
