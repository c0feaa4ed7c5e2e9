import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { WaybillError } from "../model/errors.ts";
import { secretBytes } from "../world/random.ts";
import type { ExitCode, GlobalOptions } from "./command.ts";
import { print, printJson, styled } from "./output.ts";

/** The files of a new project, with what is filled in. */
const template = new URL("../../templates/init/", import.meta.url);
const files = [
  "waybill.config.ts",
  "integrations/orders.ts",
  "destination.ts",
  "send.ts",
  "sample.json",
  "orders.test.ts",
  "tsconfig.json",
  "README.md",
] as const;

/** `init [DIR]`: writes a small project that runs. Nothing that is there is overwritten. */
export async function init(dir: string | undefined, options: GlobalOptions): Promise<ExitCode> {
  const folder = resolve(dir ?? ".");
  const taken = files.filter((file) => file !== "README.md" && existsSync(join(folder, file)));
  if (taken.length > 0) {
    throw new WaybillError(
      "bad-usage",
      `${folder} has ${taken.join(", ")} already.`,
      "Give a new folder: npx waybill init my-project.",
    );
  }
  const secret = `whsec_${secretBytes(24)}`;
  const written: string[] = [];
  const write = (file: string, text: string): void => {
    const path = join(folder, file);
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    written.push(file);
  };
  for (const file of files) write(file, readFileSync(new URL(file, template), "utf8"));
  write(
    ".env.example",
    "# The secret that the shop signs its webhooks with (Standard Webhooks: whsec_ and base64).\nSHOP_WEBHOOK_SECRET=\n" +
      "# The key that tokens of OAuth accounts are sealed with, where there are any: openssl rand -base64 32.\n" +
      "# Keep it: without it they cannot be opened.\n# WAYBILL_KEY=\n",
  );
  write(".env", `SHOP_WEBHOOK_SECRET=${secret}\n`);
  write(".gitignore", "node_modules/\n.waybill/\n.env\n");
  writePackage(folder, written);
  if (options.json === true) printJson({ folder, written });
  else {
    print(`${styled("green", "✓")} A project in ${folder}: ${written.join(", ")}`);
    print("\nNext:");
    for (const step of nextSteps(dir)) print(`  ${step}`);
    print(styled("dim", "README.md in it tells what each of them does."));
  }
  return 0;
}

function nextSteps(dir: string | undefined): readonly string[] {
  return [
    ...(dir === undefined ? [] : [`cd ${dir}`]),
    "npm install",
    "npx waybill try orders sample.json",
    "npm run destination     # in a second terminal: plays the other system",
    "npx waybill dev         # in a third one",
    "npm run send            # a signed webhook, as the shop would send it",
    "npx waybill balance",
  ];
}

/** Adds what is missing to package.json, and leaves the rest of it alone. */
function writePackage(folder: string, written: string[]): void {
  const path = join(folder, "package.json");
  const there = existsSync(path);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const found = there
    ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Record<string, string> | string | boolean>)
    : {};
  const merged = {
    name: basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9-_.]/g, "-"),
    private: true,
    ...found,
    type: "module",
    scripts: {
      dev: "waybill dev",
      destination: "node destination.ts",
      send: "node --env-file=.env send.ts",
      test: "node --test",
      ...(found.scripts as Record<string, string> | undefined),
    },
    dependencies: {
      waybill: `^${version}`,
      zod: "^4.0.0",
      ...(found.dependencies as Record<string, string> | undefined),
    },
    // For editors and `npx tsc`: the programs themselves run as they are.
    devDependencies: {
      "@types/node": "^24.0.0",
      typescript: "^6.0.0",
      ...(found.devDependencies as Record<string, string> | undefined),
    },
  };
  writeFileSync(path, `${JSON.stringify(merged, undefined, 2)}\n`);
  written.push("package.json");
}
