// Asks the `waybill start` of this machine or container how it is, and ends with 0 when it is well:
//
//     node node_modules/waybill/ops/probe.js /healthz          # it lives
//     node node_modules/waybill/ops/probe.js /readyz 8080      # it runs the integrations, and its ledger takes writes
//
// For health checks that cannot send a header: everything but /healthz asks for the token, which is taken from WAYBILL_TOKEN or the file WAYBILL_TOKEN_FILE.
import { readFileSync } from "node:fs";

const [path = "/healthz", port = "8080"] = process.argv.slice(2);
const { WAYBILL_TOKEN, WAYBILL_TOKEN_FILE } = process.env;

try {
  const token = WAYBILL_TOKEN ?? (WAYBILL_TOKEN_FILE && readFileSync(WAYBILL_TOKEN_FILE, "utf8").trim());
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(4_000) });
  process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`no answer: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
