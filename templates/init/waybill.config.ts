import { config, secret } from "waybill";

export default config({
  integrations: "integrations/*.ts",
  ledger: "sqlite:.waybill/ledger.db",
  // On another address than this machine's own, a token is needed.
  server: { port: 8080, token: secret("WAYBILL_TOKEN", { optional: true }) },
  keep: { payloads: "30d", history: "400d" },
});
