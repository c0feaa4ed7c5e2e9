import { conformance } from "../conformance/conformance.ts";
import { emptyLedgers, serverFor } from "./on-a-server.ts";

const server = await serverFor(18);
conformance("PostgreSQL 18, laid out by the month", emptyLedgers(server, server.url(), { byMonth: true }));
