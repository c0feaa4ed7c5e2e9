// What `waybill … --help` says to each of many commands, as JSON: in one process, because a process for each takes seconds on a busy machine.
//
//   node -C waybill-source test/ops/helps.ts '[["dead","ls"],["alerts"]]'
const asked = JSON.parse(process.argv[2] ?? "[]") as readonly (readonly string[])[];
const program = new URL("../../src/cli/waybill.ts", import.meta.url);
const write = process.stdout.write.bind(process.stdout);
const said: string[] = [];
let text = "";
process.stdout.write = (chunk: string | Uint8Array): boolean => {
  text += String(chunk);
  return true;
};
process.setMaxListeners(0);
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);
for (const [at, words] of asked.entries()) {
  text = "";
  process.argv = [process.execPath, "waybill", ...words, "--help"];
  // The program runs when it is loaded; under another address it is loaded anew.
  program.search = `?${at}`;
  await import(program.href);
  said.push(text);
}
write(JSON.stringify(said));

export {};
