import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSecrets } from "../../src/systems/secrets.ts";

const noFile = (path: string): string => {
  throw new Error(`no file ${path}`);
};

test("a value comes from the environment, or from the file that NAME_FILE names", () => {
  const files: Record<string, string> = { "/run/secrets/token": "from-a-file\n" };
  const secrets = createSecrets(
    { DIRECT: "direct", TOKEN_FILE: "/run/secrets/token", EMPTY: "" },
    (path) => files[path] ?? noFile(path),
  );
  assert.equal(secrets.value("DIRECT"), "direct");
  assert.equal(secrets.value("TOKEN"), "from-a-file");
  assert.throws(() => secrets.value("EMPTY"), { code: "secret-missing", message: "The secret EMPTY is not set." });
  assert.throws(() => secrets.value("NONE"), { code: "secret-missing", hint: /NONE_FILE/ });
  assert.equal(secrets.optional("NONE"), undefined);
});

test("a file that cannot be read is said so, without what is in it", () => {
  const secrets = createSecrets({ TOKEN_FILE: "/nowhere" }, noFile);
  assert.throws(() => secrets.value("TOKEN"), { code: "secret-missing", message: /could not be read from \/nowhere/ });
});

test("nothing is read before it is needed, and a value that was refused is read again", () => {
  let reads = 0;
  const secrets = createSecrets({ TOKEN_FILE: "/token" }, () => {
    reads += 1;
    return `value-${reads}`;
  });
  assert.equal(reads, 0);
  assert.equal(secrets.value("TOKEN"), "value-1");
  assert.equal(secrets.value("TOKEN"), "value-1");
  secrets.forget("TOKEN");
  assert.equal(secrets.value("TOKEN"), "value-2");
  assert.equal(secrets.redact("value-1 value-2"), "[secret TOKEN] [secret TOKEN]", "the old value stays secret");
});

test("a value is found in every form in which it travels", () => {
  const value = 'p/ss+"w\\rd é&=1';
  const secrets = createSecrets({ PASSWORD: value, SHORT: "abc" }, noFile);
  secrets.value("PASSWORD");
  secrets.value("SHORT");
  const forms = [
    value,
    JSON.stringify({ value }),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString(),
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
    ...["", "a:", "ab:", "user:"].map((user) => `Basic ${Buffer.from(`${user}${value}`).toString("base64")}`),
  ];
  for (const form of forms) {
    const shown = secrets.redact(`before ${form} after`);
    assert.match(shown, /^before .*\[secret PASSWORD\].* after$/, form);
    assert.ok(!shown.includes(value));
  }
  assert.equal(secrets.redact("abc"), "abc", "what is too short to be told from text is left");
});

test("no text shows a value, wherever it stands, also beside another that contains it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (value, before, after) => {
      const secrets = createSecrets({ A: value, B: `${value}-longer` }, noFile);
      if (value.trim() === "") return;
      secrets.value("A");
      secrets.value("B");
      const shown = secrets.redact(`${before}${value}-longer${value}${after}`);
      assert.ok(
        !shown.replaceAll(/\[secret [AB]\]/g, "\0").includes(value) ||
          `${before}${after}`.includes(value) ||
          "-longer".includes(value),
      );
    }),
  );
});

test("a long text without secrets is the same text", () => {
  const secrets = createSecrets(
    Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`S${index}`, `secret-value-${index}`])),
    noFile,
  );
  for (let index = 0; index < 20; index++) secrets.value(`S${index}`);
  const text = "x".repeat(1_000_000);
  assert.equal(secrets.redact(text), text);
});
