import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "waybill";
import { isSecret } from "../../src/define/secret.ts";
import { refuses, wrong } from "./refusal.ts";

const notAName = "secret(): what it was given is not the name of an environment variable.";

refuses([
  // The value itself, pasted where its name belongs: it must not come back in a message that ends up in a log.
  {
    name: "a value, which is not repeated,",
    made: () => secret("sk_live_4eC39HqLyjWD"),
    says: notAName,
    hints: "never the value",
  },
  { name: "a value with other signs", made: () => secret("whsec_C2FVsBQ/+=="), says: notAName },
  { name: "an empty name", made: () => secret(""), says: notAName },
  { name: "a name from a variable that is not set", made: () => secret(wrong(undefined)), says: notAName },
  { name: "a name that begins with a digit", made: () => secret("2FA_KEY"), says: notAName },
  {
    name: "a mistyped option",
    made: () => secret("A", wrong({ optionl: true })),
    says: 'secret("A"): there is no option "optionl".',
  },
  {
    name: "an option that is text",
    made: () => secret("A", wrong({ optional: "yes" })),
    says: 'secret("A"): optional is "yes", and true or false is expected.',
  },
]);

test("a secret is known by its name alone", () => {
  assert.equal(JSON.stringify(secret("BOOKS_TOKEN")), '{"kind":"secret","name":"BOOKS_TOKEN","optional":false}');
  assert.equal(secret("BOOKS_TOKEN", { optional: true }).optional, true);
});

test("nothing that arrived from outside passes for a secret", () => {
  assert.ok(isSecret(secret("BOOKS_TOKEN")));
  assert.ok(!isSecret(JSON.parse(JSON.stringify(secret("BOOKS_TOKEN")))));
});
