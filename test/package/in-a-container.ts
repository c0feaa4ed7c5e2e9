// What a user's project is in the image that ops/docker/Dockerfile makes of it. There may be no engine where tests run, so the file is carried out by hand,
// step by step, and what it starts is started: with its files, its environment and its user, nothing but the ledger's folder to write to, and tini before it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { validate } from "dockerfile-utils";
import { environment, npm } from "../../scripts/pack.ts";
import { carryOut, closed, filesIn, type Image, inImage } from "../ops/dockerfile.ts";

const node = { uid: 1_000, gid: 1_000 };
const token = "a token for operators";

/** @param installed a folder where the tarball is installed. */
export function testImage(folder: string, installed: string, tarball: string): void {
  const project = join(folder, "project-in-a-container", "app");

  test("a project becomes an image that holds no secret, no ledger and nothing that is for development", async (t) => {
    const image = made();
    const files = filesIn(image);
    for (const path of ["waybill.config.ts", "integrations/orders.ts"]) assert.ok(files.includes(path), `no ${path}`);
    assert.deepEqual(
      files.filter((path) =>
        /(^|\/)(\.env.*|\.git|[^/]*\.test\.ts|Dockerfile|compose\.yaml|\.waybill\/.+)$/.test(path),
      ),
      [],
    );
    assert.ok(!existsSync(join(image.root, image.workdir, "node_modules/typescript")), "development came along");
    assert.equal(image.user, "node");
    await runsIn(t, image);
  });

  function made(): Image {
    for (const path of [folder, dirname(project)]) {
      mkdirSync(path, { recursive: true });
      chmodSync(path, 0o755);
    }
    const init = spawnSync(process.execPath, [join(installed, "bin/waybill.js"), "init", project], {
      encoding: "utf8",
    });
    assert.equal(init.status, 0, init.stderr);
    const path = join(project, "package.json");
    const { dependencies, ...rest } = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...rest, dependencies: { ...dependencies, waybill: `file:${tarball}` } }));
    npm(project, "install", "--no-audit", "--no-fund");
    cpSync(join(project, "node_modules/waybill/ops/docker"), project, { recursive: true });
    assert.deepEqual(validate(readFileSync(join(project, "Dockerfile"), "utf8")), []);
    return carryOut(project, join(folder, "project-in-a-container"));
  }

  async function runsIn(t: TestContext, image: Image): Promise<void> {
    closed(image, node);
    const books = await slowBooks(t);
    const env = { SHOP_WEBHOOK_SECRET: secretOf(project), BOOKS_URL: books.url };
    const open = start(t, image, [...image.cmd, "--port", "0"], env);
    assert.equal(await open.ended, 2, "it listens beyond the container without a token");
    assert.match(open.log(), /WAYBILL_TOKEN/);

    const run = start(t, image, [...image.cmd, "--port", "0"], { ...env, WAYBILL_TOKEN: token });
    const port = await run.port();
    assert.equal(probe(image, [...image.health, port], {}), 0, "the health check says that it does not live");
    const ready = ["node", "node_modules/waybill/ops/probe.js", "/readyz", port];
    assert.equal(probe(image, ready, { WAYBILL_TOKEN: token }), 0, "it is not ready");
    assert.equal(probe(image, ready, {}), 1, "it says without the token whether it is ready");
    const write = ["node", "-e", 'require("fs").writeFileSync("left", "")'];
    assert.equal(probe(image, write, {}), 1, "the program can be written to");

    const sent = spawnSync(process.execPath, ["send.ts"], {
      cwd: project,
      env: { ...environment, ...env, WEBHOOK_URL: `http://127.0.0.1:${port}/shop/orders` },
      encoding: "utf8",
    });
    assert.match(sent.stdout, /^202/, sent.stderr);
    await books.asked;
    run.child.kill("SIGTERM");
    assert.equal(await run.ended, 0, run.log());

    const balance = start(t, image, ["balance", "--json"], {});
    assert.equal(await balance.ended, 0, balance.log());
    const [orders] = JSON.parse(balance.out()).integrations;
    assert.deepEqual([orders.delivered, orders.waiting, orders.delivering], [1, 0, 0], "the drain left it behind");
    assert.equal(books.taken(), 1);
  }
}

function secretOf(project: string): string {
  return /^SHOP_WEBHOOK_SECRET=(.+)$/m.exec(readFileSync(join(project, ".env"), "utf8"))?.[1] ?? "";
}

/** Takes a second for each invoice, so that a drain has something to wait for. */
async function slowBooks(t: TestContext): Promise<{ url: string; asked: Promise<unknown>; taken: () => number }> {
  let taken = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      taken++;
      setTimeout(() => response.setHeader("content-type", "application/json").end('{"id":"inv_1"}'), 1_000);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: once(server, "request"), taken: () => taken };
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly log: () => string;
  readonly out: () => string;
  /** Once it listens. */
  port(): Promise<string>;
}

/** Everything that a container would have, and nothing else. */
function contained(image: Image, env: Readonly<Record<string, string>>) {
  return {
    cwd: join(image.root, image.workdir),
    env: { PATH: `${join(image.root, "usr/local/bin")}:/usr/bin:/bin`, HOME: "/home/node", ...image.env, ...env },
    ...(process.getuid?.() === 0 ? node : {}),
  };
}

function start(t: TestContext, image: Image, words: readonly string[], env: Readonly<Record<string, string>>): Started {
  const [program, rest] = inImage(image, [...image.entrypoint, ...words]);
  // Outside of a container tini is not the first process: it has to be told that this is meant.
  const child = spawn(program, rest, { ...contained(image, { TINI_SUBREAPER: "1", ...env }), stdio: "pipe" });
  t.after(() => child.kill("SIGKILL"));
  let log = "";
  let out = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  const listening = /listens on http:\/\/[\d.]+:(\d+)/;
  async function port(): Promise<string> {
    while (!listening.test(log)) {
      const over = await Promise.race([ended, new Promise<"not yet">((resolve) => setTimeout(resolve, 50, "not yet"))]);
      if (over !== "not yet") throw new Error(`it ended with ${over}: ${log}`);
    }
    return listening.exec(log)?.[1] ?? "";
  }
  return { child, ended, log: () => log, out: () => out, port };
}

function probe(image: Image, command: readonly string[], env: Readonly<Record<string, string>>): number | null {
  const [program, words] = inImage(image, command);
  return spawnSync(program, words, contained(image, env)).status;
}
