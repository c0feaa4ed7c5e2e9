// What is read in the night, on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Alert } from "../../../src/model/alert.ts";
import { mailMessage } from "../../../src/watch/channels/mail-message.ts";

const alert: Alert = {
  id: "3f2a9c",
  rule: "dead",
  severity: "critical",
  integration: "orders",
  system: null,
  tenant: "",
  about: "http-404",
  count: 12,
  message:
    "12 records of orders cannot be delivered (http-404); the oldest came 3h 5m ago. The newest says: no <b>such</b> customer",
  samples: ["A-1", "A-2", "A-3"],
  next: "npx waybill dead ls --integration orders --cause http-404",
  state: "firing",
  since: "2026-11-26T14:20:05.123Z",
  lastAt: "2026-11-26T17:25:00.000Z",
  mutedUntil: null,
  actor: null,
  why: null,
  resolvedAt: null,
  url: "https://waybill.example.com/alerts/3f2a9c?a=1&b=2",
};
const envelope = { from: "waybill@example.com", to: ["ops@example.com"] };

test("a mail says what happened, since when, how many, which records, what to do next and where to look", () => {
  const { subject, text, html, ...rest } = mailMessage([{ alert, news: "raised", number: 1 }], envelope);
  assert.equal(subject, "[critical] 12 records of orders cannot be delivered (http-404) (raised)");
  for (const what of ["2026-11-26 14:20 UTC", "12", "A-1", "A-2", "A-3", alert.next]) {
    assert.ok(text.includes(what) && html.includes(what), what);
  }
  assert.ok(text.includes("no <b>such</b> customer") && text.includes("?a=1&b=2"));
  assert.ok(
    html.includes("no &lt;b&gt;such&lt;/b&gt; customer") &&
      html.includes('href="https://waybill.example.com/alerts/3f2a9c?a=1&amp;b=2"'),
  );
  assert.deepEqual(rest, { ...envelope, messageId: "<3f2a9c.1@waybill>", inReplyTo: undefined });
});

test("an incident is one thread from its raise until it is over, and the end asks for nothing more", () => {
  const over: Alert = { ...alert, state: "resolved", resolvedAt: "2026-11-26T17:25:05.123Z" };
  const { subject, text, html, messageId, inReplyTo } = mailMessage(
    [{ alert: over, news: "resolved", number: 3 }],
    envelope,
  );
  assert.deepEqual([messageId, inReplyTo], ["<3f2a9c.3@waybill>", "<3f2a9c.1@waybill>"]);
  assert.match(subject, /\(over\)$/);
  assert.match(text, /2026-11-26 17:25 UTC, after 3h 5m/);
  assert.ok(!`${text}${html}`.includes(alert.next));
});

test("several news are one mail under the worst of them, and the same ones are the same mail", () => {
  const warning: Alert = {
    ...alert,
    id: "77aa",
    severity: "warning",
    integration: null,
    system: "books",
    message: "asks us to wait",
  };
  const news = [
    { alert: warning, news: "raised", number: 1 },
    { alert, news: "grew", number: 2, insteadOf: "slack" },
  ] as const;
  const { subject, text, messageId, inReplyTo } = mailMessage(news, envelope);
  assert.match(subject, /^\[critical\] .* \(grew\), and 1 more$/);
  assert.match(text, /asks us to wait/);
  assert.match(text, /slack, which could not be told/);
  assert.equal(inReplyTo, undefined);
  assert.equal(messageId, mailMessage(news, envelope).messageId);
  assert.equal(mailMessage([news[0]], envelope).subject, "[warning] books: asks us to wait (raised)");
});

test("whatever others wrote, the subject is one short line, the page has only our tags, and no link but to http", () => {
  const tags = (html: string): string => (html.match(/<[^>]*>/g) ?? []).join("").replace(/href="[^"]*"/g, "");
  const steady = { ...alert, samples: ["1", "2", "3"], url: null };
  const plain = mailMessage([{ alert: steady, news: "raised", number: 1 }], envelope);
  const ours = tags(plain.html);
  const lines = plain.text.split("\n").length;
  const wild = fc
    .string({ unit: "binary", minLength: 1, maxLength: 300 })
    .map((one) => `\r\nBcc: eve@example.com\u202e<script>"'&${one}`);
  fc.assert(
    fc.property(wild, fc.constantFrom("javascript:alert(1)", "data:text/html,x", "no address", null), (evil, url) => {
      const poisoned = {
        ...steady,
        message: `It is wrong. ${evil}x`,
        about: evil,
        integration: evil,
        samples: [evil, evil, evil],
        next: evil,
        url,
      };
      const { subject, html, text } = mailMessage([{ alert: poisoned, news: "raised", number: 1 }], envelope);
      assert.doesNotMatch(subject, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      assert.ok([...subject].length <= 160);
      assert.equal(tags(html), ours);
      assert.doesNotMatch(html, /javascript:alert|data:text/);
      assert.equal(text.split(/\r|\n/).length, lines);
    }),
  );
});
