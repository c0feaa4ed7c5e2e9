import { config } from "waybill";

export default config({
  integrations: "orders.ts",
  ledger: "sqlite:../../.waybill/demo/ledger.db",
  server: { port: 0 },
});
