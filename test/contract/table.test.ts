import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import * as helpers from "waybill/contract";
import { z } from "zod";
import { broken, made } from "./broken.ts";
import { type Row, table } from "./table.ts";

for (const { helper, schema, takes, refuses } of table) {
  describe(helper, () => {
    test("takes what it says it takes, exactly", async () => {
      for (const [given, gives] of takes) assert.deepEqual(await made(schema, given), gives, shown(given));
    });

    test("says of what it refuses what is wrong with it", async () => {
      for (const [given, says] of refuses) assert.equal(await broken(schema, given), says, shown(given));
    });

    test("never throws, whatever comes", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.anything({ withBigInt: true }), fc.string({ unit: "binary" }), fc.double(), fc.bigInt()),
          async (given) => {
            await schema["~standard"].validate(given);
          },
        ),
      );
    });

    test("gives the same for what it gave, where that is text", async () => {
      for (const [, gives] of takes) {
        const again = typeof gives === "string" ? await schema["~standard"].validate(gives) : undefined;
        if (again !== undefined && again.issues === undefined) assert.equal(again.value, gives);
      }
    });

    test("shows what goes in as JSON Schema, with examples that pass and fit it", async () => {
      const shape = z.toJSONSchema(z.object({ it: schema }), { io: "input" }).properties
        ?.it as z.core.JSONSchema.JSONSchema;
      const { examples = [undefined] } = shape;
      // Of a number from a register nobody can make one up.
      if (helper.startsWith("officialNumber(")) return assert.deepEqual(examples, [undefined]);
      assert.ok(examples.length > 0, "at least one");
      for (const example of examples) {
        await made(schema, example);
        const pattern = typeof example === "string" ? shape.pattern : undefined;
        if (pattern !== undefined) assert.match(example as string, new RegExp(pattern));
        if (shape.enum !== undefined) assert.ok(shape.enum.includes(example as string));
      }
    });
  });
}

test("the table shows every helper", () => {
  const missing = Object.keys(helpers).filter((name) => !table.some(({ helper }) => helper.startsWith(`${name}(`)));
  assert.deepEqual(missing, []);
});

test("docs/contract.md shows this table", () => {
  const path = fileURLToPath(new URL("../../docs/contract.md", import.meta.url));
  const page = readFileSync(path, "utf8");
  const [before = "", , after = ""] = page.split(/(?<=<!-- table of helpers -->\n)|(?=<!-- end of the table -->)/);
  const right = `${before}\n${asMarkdown(table)}\n\n${after}`;
  // WRITE_DOCS=1 writes it.
  if (process.env.WRITE_DOCS === "1") writeFileSync(path, right);
  assert.equal(page, right, "run this test with WRITE_DOCS=1");
});

function asMarkdown(rows: readonly Row[]): string {
  const cells = rows.map(({ helper, takes, refuses }) => [
    code(helper),
    takes.map(([given, gives]) => `${code(shown(given))} → ${code(shown(gives))}`).join("<br>"),
    refuses.map(([given, says]) => `${code(shown(given))} ${escaped(says)}`).join("<br>"),
  ]);
  const lines = [["helper", "takes → gives", "refuses, and says"], ["---", "---", "---"], ...cells];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const code = (text: string): string => `\`${escaped(text)}\``;
const escaped = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\t", "\\t");

function shown(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${part}`) : part,
  ).replace(/^(\d+)$/, typeof value === "bigint" ? "$1n" : "$1");
}
