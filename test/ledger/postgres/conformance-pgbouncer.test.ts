import { after } from "node:test";
import { startPgBouncer } from "../../../scripts/pgbouncer.ts";
import { conformance } from "../conformance/conformance.ts";
import { emptyLedgers, serverFor } from "./on-a-server.ts";

const server = await serverFor(15);
const pgbouncer = await startPgBouncer(server);
after(() => pgbouncer[Symbol.asyncDispose]());
conformance(
  "PostgreSQL 15 through PgBouncer, whose connections last for a transaction",
  emptyLedgers(server, pgbouncer.url()),
);
