import { conformance } from "../conformance/conformance.ts";
import { emptyLedgers, serverFor } from "./on-a-server.ts";

const server = await serverFor(15);
conformance("PostgreSQL 15", emptyLedgers(server, server.url()));
