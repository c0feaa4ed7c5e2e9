import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { confirmed } from "../../src/cli/ask.ts";
import { json, projectFolder, type Ran, waybill } from "./project.ts";

const prices = `
import { integration, push } from "waybill";
import { z } from "zod";

export const prices = integration("prices", {
  source: push(),
  contract: z.object({ sku: z.string().min(1), price: z.number().positive(), lines: z.array(z.object({ tax: z.number() })).default([]) }),
  identify: ({ sku }) => ({ id: sku }),
  async deliver() {},
});
`;

interface Shown {
  readonly record: string;
  readonly state: string;
  readonly cause: string | null;
  readonly payload: unknown;
  readonly original: string | null;
  readonly timeline: readonly { what: string; actor?: string; detail?: { changed?: string[]; why?: string } }[];
}

interface Project {
  readonly folder: string;
  readonly record: string;
  show(): Promise<Shown>;
  /** `quarantine edit RECORD` with a script of the test's own as the editor. */
  edit(script: string, ...args: string[]): Promise<Ran>;
}

/** One price that is no number, in the quarantine. */
async function project(t: TestContext): Promise<Project> {
  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "prices.ts" };\n');
  writeFileSync(join(folder, "prices.ts"), prices);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  await waybill(folder, ["send", "prices"], { input: '{"sku":"A","price":"twelve","weight":9007199254740993}\n' });
  const { records } = await json<{ records: { record: string }[] }>(folder, ["records"]);
  const record = records[0]?.record ?? "";
  return {
    folder,
    record,
    show: () => json<Shown>(folder, ["show", record]),
    edit(script, ...args) {
      writeFileSync(join(folder, "editor.sh"), `file=$1\n${script}\n`);
      const env = { VISUAL: "", EDITOR: `sh '${join(folder, "editor.sh")}'` };
      return waybill(folder, ["quarantine", "edit", record, ...args], { env });
    },
  };
}

/** The file that a message names. */
function keptIn({ stderr }: Ran): string {
  const file = /(\/\S+\.json)/.exec(stderr)?.[1] ?? "";
  assert.ok(existsSync(file), `no file is kept: ${stderr}`);
  return readFileSync(file, "utf8");
}

test("an edit in an editor: what is wrong stands above the text, and what is saved is checked and stored", async (t) => {
  const { edit, show, folder, record } = await project(t);
  const seen = join(folder, "seen");
  const done = await edit(
    `cp "$file" '${seen}'; sed -i.bak 's/"twelve"/12/' "$file"`,
    "--why",
    "the shop says so",
    "--actor",
    "ann",
  );
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, new RegExp(`${record} is quarantined \\(edited\\)[\\s\\S]*quarantine release ${record}`));
  const offered = readFileSync(seen, "utf8");
  assert.match(offered, /^\/\/ Record .* of prices\.\n\/\/ price: .*found "twelve"/m);
  assert.match(offered, /\n {2}"price": "twelve",\n {2}"weight": 9007199254740993\n/);
  const shown = await show();
  assert.deepEqual([shown.state, shown.cause], ["quarantined", "edited"]);
  assert.equal(shown.original, '{"sku":"A","price":"twelve","weight":9007199254740993}');
  const entry = shown.timeline.find(({ what }) => what === "edited");
  assert.deepEqual([entry?.actor, entry?.detail?.changed, entry?.detail?.why], ["ann", ["price"], "the shop says so"]);
  assert.match((await waybill(folder, ["show", record])).stdout, /As it came\n {2}\{"sku":"A","price":"twelve"/);
});

test("nothing that was typed is lost, whatever the editor does", async (t) => {
  const { edit, show, folder, record } = await project(t);
  const typed = `sed -i.bak 's/"twelve"/"thirteen"/' "$file"`;
  const failed = await edit(`${typed}; exit 3`);
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /The editor .* ended with 3\.\n {2}Nothing is changed/);
  assert.match(keptIn(failed), /"price": "thirteen"/);

  const wrong = await edit(typed);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /✗ price: .*; found "thirteen"/);
  const kept = keptIn(wrong);
  assert.match(kept, /"price": "thirteen"/);

  const broken = await edit(`printf '{"sku": "A", "price": 1' > "$file"`);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /It is not JSON/);
  assert.equal(keptIn(broken), '{"sku": "A", "price": 1');

  const killed = await edit(`${typed}; kill -9 $$`);
  assert.match(killed.stderr, /ended (by SIGKILL|with 137)/);
  assert.match(keptIn(killed), /thirteen/);

  for (const [script, code, message] of [
    ["true", 1, /Nothing was changed/],
    [': > "$file"', 2, /saved an empty text/],
    ['rm "$file"', 2, /cannot be read/],
  ] as const) {
    const ran = await edit(script);
    assert.equal(ran.code, code, script);
    assert.match(ran.stderr, message);
  }
  const command = ["quarantine", "edit", record];
  const none = await waybill(folder, command, { env: { VISUAL: "", EDITOR: "" } });
  assert.deepEqual([none.code, /neither VISUAL nor EDITOR[\s\S]*--set/.test(none.stderr)], [2, true]);
  const absent = await waybill(folder, command, { env: { VISUAL: "/nowhere/editor", EDITOR: "true" } });
  assert.equal(absent.code, 2);
  assert.match(absent.stderr, /"\/nowhere\/editor" ended with 127/);
  assert.equal((await show()).timeline.length, 2, "the record is as it was");

  const file = join(folder, "kept.json");
  writeFileSync(file, kept.replaceAll('"thirteen"', "13"));
  const from = await waybill(folder, [...command, "--from", file, "--release"]);
  assert.equal(from.code, 0, from.stderr);
  assert.equal((await show()).state, "waiting");
});

test("an edit from a file, from standard input, or at one place; many only at places", async (t) => {
  const { folder, record } = await project(t);
  const run = (args: readonly string[], input = ""): Promise<Ran> =>
    waybill(folder, ["quarantine", "edit", ...args], { input });
  for (const [args, message] of [
    [["--all"], /Which change\?/],
    [[record, "--set", "price"], /names no value/],
    [[record, "--set", "price=AUD"], /--set 'price="AUD"'/],
    [[record, "--set", "price=1", "--from", "x"], /two ways/],
    [[record, "--from", "nowhere.json"], /There is no file nowhere\.json/],
    [["--set", "price=1"], /Which record\?/],
    [[record, "--set", "lines.0.tax=1"], /there is no "lines"/],
  ] as const) {
    const ran = await run(args);
    assert.equal(ran.code, 2, args.join(" "));
    assert.match(ran.stderr, message);
  }
  const gone = await run(["0nothing000", "--set", "price=1"]);
  assert.deepEqual([gone.code, /no record/.test(gone.stderr)], [1, true]);
  const typed = await run([record, "--from", "-"], '{"sku":"A","price":"1"}');
  assert.equal(typed.code, 1);
  assert.match(typed.stderr, /breaks the contract: price/);
  const dry = await run([record, "--set", "price=5", "--dry-run"]);
  assert.match(dry.stdout, /would be quarantined \(edited\)/);
  const done = await run(["--path", "price", "--set", "price=5", "--unset", "weight", "--json"]);
  const { results } = JSON.parse(done.stdout) as { results: unknown[] };
  assert.deepEqual(results, [{ state: "quarantined", cause: "edited", count: 1, samples: [record] }]);
  assert.deepEqual((await json<Shown>(folder, ["show", record])).payload, { sku: "A", price: 5 });
});

test("a question takes yes and no, an empty line as it says, and the end of the input as no", async () => {
  const answer = async (typed: string | undefined, otherwise: boolean): Promise<boolean> => {
    const input = new PassThrough();
    const output = new PassThrough();
    const asked = confirmed("Go on?", otherwise, { input, output });
    if (typed === undefined) input.end();
    else input.write(typed);
    return asked;
  };
  const cases: readonly (readonly [string | undefined, boolean, boolean])[] = [
    ["y\n", false, true],
    ["YES\n", false, true],
    ["\n", false, false],
    ["\n", true, true],
    ["n\n", true, false],
    ["what?\n", true, false],
    [undefined, true, false],
  ];
  for (const [typed, otherwise, expected] of cases) assert.equal(await answer(typed, otherwise), expected, typed);
});
