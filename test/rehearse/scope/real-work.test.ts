import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MessageChannel } from "node:worker_threads";
import zlib from "node:zlib";
import { replaceGlobals, within } from "../../../src/rehearse/scope/within.ts";
import { virtualWorld } from "./virtual-world.ts";

const file = fileURLToPath(new URL("../../../package-lock.json", import.meta.url));
const large = Buffer.alloc(4_000_000, "waybill ");

// What a package takes from Node when it is loaded.
const { setTimeout: takenTimeout, setInterval: takenInterval, setImmediate: takenImmediate } = globalThis;

/** The smallest module of WebAssembly. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const { WebAssembly } = globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> } };

/** Real work that ends, and that time waits for. */
const works: [name: string, work: () => Promise<unknown>][] = [
  [
    "a promise chain",
    async () => {
      for (let turn = 0; turn < 10_000; turn++) await undefined;
    },
  ],
  [
    "ticks",
    async () => {
      for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => process.nextTick(resolve));
    },
  ],
  ["reading a file", () => readFile(file)],
  ["reading a file with a callback", () => promisify(fs.readFile)(file)],
  ["streaming a file", () => Array.fromAsync(fs.createReadStream(file))],
  ["reading many files", () => Promise.all(Array.from({ length: 20 }, () => readFile(file)))],
  [
    "one file after the other",
    async () => {
      for (let turn = 0; turn < 20; turn++) await readFile(file, "utf8");
    },
  ],
  ["opening a file", () => fs.promises.open(file).then((handle) => handle.close())],
  ["reading a folder", () => Array.fromAsync(fs.promises.glob("*.json"))],
  ["a digest", () => crypto.subtle.digest("SHA-256", large)],
  ["a key", () => crypto.subtle.generateKey("Ed25519", true, ["sign"])],
  ["scrypt", () => promisify(crypto.scrypt)("password", "salt", 32)],
  ["pbkdf2", () => promisify(crypto.pbkdf2)("password", "salt", 10_000, 32, "sha256")],
  ["gzip", () => promisify(zlib.gzip)(large)],
  ["brotli", () => promisify(zlib.brotliCompress)(large.subarray(0, 100_000))],
  ["a broken archive", () => promisify(zlib.gunzip)(large).catch(() => undefined)],
  [
    "a stream through gzip and back",
    () => Array.fromAsync(fs.createReadStream(file).pipe(zlib.createGzip()).pipe(zlib.createGunzip())),
  ],
  [
    "a compression stream",
    () => new Response(new Blob([large]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  ],
  ["a blob", () => new Blob([large]).text()],
  ["a file as a blob", () => fs.openAsBlob(file).then((blob) => blob.text())],
  ["a module", () => import("yaml")],
  ["WebAssembly", () => WebAssembly.compile(emptyModule)],
  [
    "a channel",
    () =>
      new Promise<void>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port2.once("message", () => {
          port1.close();
          resolve();
        });
        port1.postMessage("hello");
      }),
  ],
  ["a real timer that was taken before", () => new Promise((resolve) => takenTimeout(resolve, 5))],
  ["a real immediate that was taken before", () => new Promise((resolve) => takenImmediate(resolve))],
];

/** Real work that is no wait: nothing may come of it. */
const nothing: [name: string, work: () => unknown][] = [
  ["nothing", () => undefined],
  ["hashing at once", () => crypto.scryptSync("password", "salt", 32)],
  ["chance at once", () => crypto.randomBytes(16)],
  ["compressing at once", () => zlib.gzipSync("text")],
  ["a compressor that nobody writes to", () => zlib.createGzip()],
  ["a file that is read at once", () => fs.readFileSync(file)],
  ["a promise that never resolves", () => new Promise(() => undefined)],
  ["a virtual timer", () => setTimeout(() => undefined, 1_000)],
  ["a channel that is kept", () => new MessageChannel().port1.unref()],
  ["a line of output", () => process.stdout.write("")],
];

test("time waits for real work that was begun inside", async () => {
  const world = virtualWorld();
  await within(world, async ({ quiet }) => {
    for (const [name, work] of works) {
      let ended = false;
      void work().then(() => {
        ended = true;
      });
      assert.equal(await quiet(10_000), "quiet", name);
      assert.equal(ended, true, `time would have gone on before ${name} had ended`);
    }
  });
  assert.deepEqual(world.violations, []);
});

test("time does not wait for what cannot end by itself", async () => {
  await within(virtualWorld(), async ({ quiet }) => {
    for (const [name, work] of nothing) {
      work();
      assert.equal(await quiet(0), "quiet", name);
    }
  });
});

/** Sends back what it is sent, as a thread would that a package keeps. */
function echo(): { readonly asked: (word: string) => Promise<unknown>; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  port2.on("message", (word) => port2.postMessage(word));
  return {
    asked: (word) =>
      new Promise((resolve) => {
        port1.once("message", resolve);
        port1.postMessage(word);
      }),
    close: () => port1.close(),
  };
}

test("messages arrive while a rehearsal looks whether all is quiet, whoever has begun their channel", async (t) => {
  const others = echo();
  t.after(others.close);
  await within(virtualWorld(), async ({ quiet }) => {
    for (const channel of [() => others, echo]) {
      const { asked, close } = channel();
      t.after(close);
      let answer: unknown;
      void asked("heard").then((word) => {
        answer = word;
      });
      for (let look = 0; look < 64 && answer === undefined; look++) assert.equal(await quiet(), "quiet");
      assert.equal(answer, "heard");
    }
  });
});

test("time does not wait for the real work of others", async () => {
  const world = virtualWorld();
  const gate = Promise.withResolvers<void>();
  const timer = setInterval(() => undefined, 100_000);
  const release = replaceGlobals();
  const others = promisify(crypto.pbkdf2)("password", "salt", 300_000, 32, "sha256");
  const night = within(world, async ({ quiet }) => {
    assert.equal(await quiet(0), "quiet");
    gate.resolve();
  });
  await Promise.all([gate.promise, night, others]);
  release();
  clearInterval(timer);
});

test("real work that does not end makes the run void, and the line that began it is named", async () => {
  const endless: [name: string, begin: () => () => void, what: RegExp][] = [
    [
      "a taken timer",
      () => {
        const timer = takenTimeout(() => undefined, 1_000_000);
        return () => clearTimeout(timer);
      },
      /^a real timer, taken from Node before the rehearsal that does not end within 1 ms$/,
    ],
    [
      "a taken interval",
      () => {
        const timer = takenInterval(() => undefined, 1);
        return () => clearInterval(timer);
      },
      /^a real timer/,
    ],
    [
      "a file watcher",
      () => {
        const watcher = fs.watch(fileURLToPath(new URL(".", import.meta.url)));
        return () => watcher.close();
      },
      /^a file watcher/,
    ],
  ];
  for (const [name, begin, what] of endless) {
    const world = virtualWorld();
    await within(world, async ({ quiet }) => {
      const end = begin();
      const violation = await quiet(1);
      assert.ok(violation !== "quiet", name);
      assert.equal(violation.kind, "real-work");
      assert.match(violation.what, what);
      assert.match(violation.line ?? "", /^test\/rehearse\/scope\/real-work\.test\.ts:\d+$/);
      end();
      assert.equal(await quiet(), "quiet", `${name} was ended`);
    });
  }
});

test("the line is that of user code, through Node's own functions and awaits", async () => {
  // Large, so that it is read in many pieces, of which user code begins only the first itself.
  const readTemplate = async (): Promise<Buffer> => {
    await undefined;
    return await readFile(process.execPath);
  };
  const lines = await within(virtualWorld(), async ({ quiet }) => {
    const seen = new Set<string | undefined>();
    void readTemplate();
    for (;;) {
      const violation = await quiet(1);
      if (violation === "quiet") return [...seen];
      seen.add(violation.line);
    }
  });
  assert.equal(lines.length, 1, lines.join(", "));
  assert.match(lines[0] ?? "", /^test\/rehearse\/scope\/real-work\.test\.ts:\d+$/);
});

test("what still works when a night is over keeps the globals replaced, so that it reaches no real system", async () => {
  const world = virtualWorld();
  const real = globalThis.fetch;
  const timer = await within(world, async () => takenTimeout(() => undefined, 1_000_000));
  assert.deepEqual(
    world.violations.map(({ kind }) => kind),
    ["real-work"],
  );
  assert.notEqual(globalThis.fetch, real);
  clearTimeout(timer);
});
