import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, config, email, httpAlert, integration, push, secret, slack } from "waybill";
import { z } from "zod";
import { refuses, seenAs, wrong } from "./refusal.ts";

const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {},
});
const said = (options: unknown) => () => config(seenAs<Config>(options));

refuses(
  [
    {
      name: "no configuration",
      made: said(undefined),
      says: "config: its options are nothing, and an object is expected.",
    },
    {
      name: "a mistyped option",
      made: said({ ledgr: "sqlite::memory:" }),
      says: 'config: there is no option "ledgr".',
      hints: 'Did you mean "ledger"?',
    },
    {
      name: "an empty glob",
      made: said({ integrations: " " }),
      says: "config: integrations is empty.",
      hints: "integrations/*.ts",
    },
    {
      name: "a glob as a number",
      made: said({ integrations: 7 }),
      says: "config: integrations is 7, and text is expected.",
    },
    {
      name: "a list of globs",
      made: said({ integrations: [orders, "integrations/*.ts"] }),
      says: 'config: integrations[1] is "integrations/*.ts", and an integration is expected.',
      hints: "or one glob as text",
    },
    {
      name: "a definition that integration() has not seen",
      made: said({ integrations: [{ name: "orders", source: push() }] }),
      says: "config: integrations[0] is an object, and an integration is expected.",
    },
    { name: "an empty ledger", made: said({ ledger: "" }), says: "config: ledger is empty." },
    {
      name: "a ledger that nobody knows, whose password is not repeated,",
      made: said({ ledger: "mysql://ann:hunter2@db" }),
      says: "config: ledger is not an address that Waybill knows.",
      hints: "sqlite::memory:",
    },
    {
      name: "a port beyond the last",
      made: said({ server: { port: 65_536 } }),
      says: "config: server.port is 65536, and a whole number from 0 to 65535 is expected.",
    },
    {
      name: "a port as text",
      made: said({ server: { port: "8080" } }),
      says: 'config: server.port is "8080", and a whole number from 0 to 65535 is expected.',
    },
    {
      name: "a port in the host",
      made: said({ server: { host: "127.0.0.1:8080" } }),
      says: 'config: server.host is "127.0.0.1:8080", and an address or a name alone is expected.',
      hints: "the port stands in server.port",
    },
    {
      name: "a URL as host",
      made: said({ server: { host: "http://localhost" } }),
      says: 'config: server.host is "http://localhost", and an address or a name alone is expected.',
    },
    {
      name: "a proxy by its name",
      made: said({ server: { trustedProxies: ["proxy.internal"] } }),
      says: 'config: server.trustedProxies[0] is "proxy.internal", which is no address, no range, or all of them.',
      hints: '["10.0.0.0/8"]',
    },
    {
      name: "a proxy that is everybody",
      made: said({ server: { trustedProxies: ["::/0"] } }),
      says: 'config: server.trustedProxies[0] is "::/0", which is no address, no range, or all of them.',
    },
    {
      name: "proxies that are no list",
      made: said({ server: { trustedProxies: "10.0.0.1" } }),
      says: 'config: server.trustedProxies is "10.0.0.1", and a list of addresses is expected.',
    },
    {
      name: "one secret for those who may look and those who may change",
      made: said({ server: { token: secret("TOKEN"), viewerToken: secret("TOKEN") } }),
      says: "config: server.viewerToken is the same secret as server.token: TOKEN.",
      hints: "a token of their own",
    },
    {
      name: "a viewer's token in the file, which is not repeated,",
      made: said({ server: { viewerToken: "hunter2" } }),
      says: "config: server.viewerToken is text, and a secret is expected.",
    },
    {
      name: "a proxy that signs people in, by its name alone",
      made: said({ server: { authProxy: "oauth2-proxy" } }),
      says: 'config: server.authProxy is "oauth2-proxy", and an object is expected.',
    },
    {
      name: "a mistyped option of the proxy that signs people in",
      made: said({ server: { authProxy: { header: "X-Email", from: ["10.0.0.7"], operator: ["ann"] } } }),
      says: 'config: server.authProxy has no option "operator".',
      hints: 'Did you mean "operators"?',
    },
    {
      name: "a header that is none",
      made: said({ server: { authProxy: { header: "X-Email: ", from: ["10.0.0.7"] } } }),
      says: 'config: server.authProxy.header is "X-Email: ", and the name of a header is expected.',
      hints: "X-Forwarded-Email",
    },
    {
      name: "a proxy that signs people in from nowhere",
      made: said({ server: { authProxy: { header: "X-Email", from: [] } } }),
      says: "config: server.authProxy.from is a list: nobody would be believed.",
    },
    {
      name: "a proxy that signs people in from everywhere",
      made: said({ server: { authProxy: { header: "X-Email", from: ["10.0.0.7", "0.0.0.0/0"] } } }),
      says: 'config: server.authProxy.from[1] is "0.0.0.0/0", which is no address, no range, or all of them.',
      hints: 'from: ["10.0.0.0/8"]',
    },
    {
      name: "one operator without a list",
      made: said({ server: { authProxy: { header: "X-Email", from: ["10.0.0.7"], operators: "ann" } } }),
      says: 'config: server.authProxy.operators is "ann", and a list of names is expected.',
    },
    {
      name: "an operator without a name",
      made: said({ server: { authProxy: { header: "X-Email", from: ["10.0.0.7"], operators: ["ann", ""] } } }),
      says: "config: server.authProxy.operators is a list, and a list of names is expected.",
    },
    {
      name: "a header that every client sends, as the one that a proxy sets",
      made: said({ server: { authProxy: { header: "Authorization", from: ["10.0.0.7"] } } }),
      says: "config: server.authProxy.header is Authorization, which comes from whoever asks and not from a proxy.",
    },
    {
      name: "a mistyped option of the server",
      made: said({ server: { prt: 1 } }),
      says: 'config: server has no option "prt".',
    },
    {
      name: "a token in the file, which is not repeated,",
      made: said({ server: { token: "hunter2" } }),
      says: "config: server.token is text, and a secret is expected.",
    },
    {
      name: "one channel without its list",
      made: said({ alerts: httpAlert("http://a") }),
      says: "config: alerts is an object, and a list is expected.",
    },
    {
      name: "a channel as text",
      made: said({ alerts: ["https://hooks.example"] }),
      says: 'config: alerts[0] is "https://hooks.example", and a channel is expected.',
    },
    {
      name: "a mistyped option of keep",
      made: said({ keep: { payload: "30d" } }),
      says: 'config: keep has no option "payload".',
      hints: 'Did you mean "payloads"?',
    },
    {
      name: "a time to keep that is no duration",
      made: said({ keep: { history: "1y" } }),
      says: 'config: keep.history is "1y", which is not a duration.',
    },
    {
      name: "keeping nothing",
      made: said({ keep: { payloads: "0d" } }),
      says: 'config: keep.payloads is "0d", and from "1s" to "36500d" is expected.',
    },
    { name: "an empty release", made: said({ release: "" }), says: "config: release is empty." },
  ],
  "bad-configuration",
);

refuses([
  {
    name: "Slack's URL in the file, which is not repeated,",
    made: () => slack(wrong("https://hooks.slack.example/T0")),
    says: "slack(): its URL is text, and a secret is expected.",
  },
  {
    name: "an alert's URL that is none",
    made: () => httpAlert("ops.example"),
    says: 'httpAlert(): its URL is "ops.example", and one that begins with https:// or http:// is expected.',
  },
  {
    name: "a mail server's password in the file, which is not repeated,",
    made: () => email("smtps://u:hush@mail.example.com", { from: "w@example.com", to: ["o@example.com"] }),
    says: "email(): its URL holds a password, and is no secret.",
  },
  {
    name: "a mail server that is a web server",
    made: () => email("https://mail.example.com", { from: "w@example.com", to: ["o@example.com"] }),
    says: "email(): its URL is none that begins with smtps:// or smtp://.",
  },
  {
    name: "mails to nobody",
    made: () => email("smtp://localhost", { from: "w@example.com", to: [] }),
    says: "email(): to is an empty list.",
  },
  {
    name: "a line break in an address",
    made: () => email("smtp://localhost", { from: "w@example.com", to: ["a@example.com>\r\nRCPT TO:<e@example.com"] }),
    says: 'email(): to is "a@example.com>\\r\\nRCPT TO:<e@example.com", which is no address.',
  },
  {
    name: "a mistyped option of an alert",
    made: () => httpAlert("https://ops.example", wrong({ secrt: 1 })),
    says: 'httpAlert(): there is no option "secrt".',
  },
]);

test("everything that may be said is taken as it is", () => {
  const token = secret("WAYBILL_TOKEN", { optional: true });
  const whole: Config = {
    integrations: "integrations/*.ts",
    ledger: "sqlite:.waybill/ledger.db",
    server: { port: 0, host: "::1", token },
    alerts: [
      slack(secret("SLACK", { optional: true })),
      httpAlert("http://127.0.0.1:1/a", { secret: secret("ALERTS") }),
    ],
    keep: { payloads: "30d", history: "400d", marks: "3650d" },
    release: "1.2.3",
  };
  assert.equal(config(whole), whole);
  for (const ledger of [
    "sqlite::memory:",
    "sqlite:/var/lib/waybill/ledger.db",
    "postgres://db/waybill",
    "postgresql://db",
  ]) {
    config({ ledger, integrations: [orders] });
  }
  for (const host of ["0.0.0.0", "127.0.0.1", "::", "fe80::1%eth0", "localhost", "waybill.internal"])
    config({ server: { host } });
  assert.deepEqual(config({}), {});
});
