// The walls between the rooms of src (ARCHITECTURE.md). `npm run walls` holds them, imports of types included, and proves
// that it saw the modules: a linter that finds no module also finds no fault.

/** Every room, and the rooms it may import from. A room may always import from itself. */
const model = [];
const world = [];
const define = ["model", "world"];
const contract = ["model", "world"];
const port = ["model", "world", "define", "contract"];
const systems = [...port, "port"];
const sources = [...systems, "systems"];
const flow = [...sources, "sources"];
const reconcile = [...flow, "flow"];
const watch = [...flow, "flow"];
const report = [...watch, "watch"];
const server = [...flow, "flow", "reconcile", "watch", "report"];

const mayImport = {
  model,
  world,
  define,
  contract,
  port,
  "ledger/desk": [...port, "port"],
  "ledger/sqlite": [...port, "port", "ledger/desk"],
  "ledger/postgres": [...port, "port", "ledger/desk"],
  "ledger/move": [...port, "port", "ledger/desk", "ledger/sqlite", "ledger/postgres"],
  systems,
  sources,
  flow,
  reconcile,
  watch,
  report,
  server,
  waybill: [...server, "server", "ledger/sqlite", "ledger/postgres", "ledger/move"],
  index: [...server, "server", "waybill"],
  // Of the real flow and systems, in a world of its own.
  rehearse: [...server, "server", "waybill", "index"],
  // Integrations run for real against a sandbox; its records are made as a rehearsal makes them.
  prove: [...server, "server", "waybill", "index", "rehearse"],
  // Thin files over what assembly/ puts together and hands out; the stores stay behind it.
  cli: [...server, "server", "waybill", "index", "rehearse", "prove"],
};

/** Where a room is. What stands beside them in src is in no room, and refused. */
const placeOf = {
  port: "^src/ledger/[^/]+$",
  waybill: "^src/(waybill\\.ts$|assembly/)",
  index: "^src/index\\.ts$",
};
const place = (room) => placeOf[room] ?? `^src/${room}/`;

/** The library entries and the command, which check the version of Node first. */
const libraryEntries = ["^src/index\\.ts$", "^src/(contract|rehearse|systems/vendors)/index\\.ts$"];
const entries = [...libraryEntries, "^src/cli/waybill\\.ts$"];
const nodeVersion = "^src/node-version\\.ts$";

/** What a rehearsal puts in the place of the world: it must name what it replaces, and does nothing with it. */
const takesItsPlace = "^src/rehearse/scope/";

const walls = Object.entries(mayImport).map(([room, others]) => ({
  name: `wall-of-${room.replace("/", "-")}`,
  severity: "error",
  comment: `src/${room} may import ${others.length === 0 ? "nothing of ours" : others.join(", ")}`,
  from: { path: place(room) },
  to: { path: "^src/", pathNot: [place(room), nodeVersion, ...others.map(place)] },
}));

const onlyFrom = (name, what, rooms, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: "^src/", pathNot: rooms },
  to: { path: what },
});

export default {
  forbidden: [
    ...walls,
    {
      name: "every-file-has-a-room",
      severity: "error",
      comment: "src holds index.ts, waybill.ts, node-version.ts and rooms; a new room needs its wall in this file",
      from: { path: "^src/", pathNot: [...Object.keys(mayImport).map(place), nodeVersion] },
      to: {},
    },
    {
      name: "only-entries-check-node",
      severity: "error",
      from: { pathNot: [...entries, "^(test|dist|bin)/"] },
      to: { path: nodeVersion },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "examples-use-the-package",
      severity: "error",
      comment: "examples and templates show what a user can write: only the public entries",
      from: { path: "^(examples|templates)/" },
      to: { path: "^src/", pathNot: libraryEntries },
    },
    {
      name: "no-tests-in-src",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|examples|templates|bench|scripts|bin)/" },
    },
    {
      name: "only-dependencies-in-src",
      severity: "error",
      comment: "what src imports must be installed with the package",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "undetermined"],
        pathNot: "node_modules/(@opentelemetry/api|zod|iconv-lite|fast-xml-parser|read-excel-file|@types)/",
      },
    },
    {
      name: "zod-only-in-contract",
      severity: "error",
      comment: "zod is an optional peer: only waybill/contract may need it",
      from: { path: "^src/", pathNot: "^src/contract/" },
      to: { path: "node_modules/zod/" },
    },
    {
      name: "zod-not-behind-index",
      severity: "error",
      comment: 'zod is an optional peer: `import "waybill"` must work without it',
      from: { path: "^src/(index|waybill)\\.ts$|^src/(assembly|cli)/" },
      to: { path: "node_modules/zod/", reachable: true },
    },
    onlyFrom("sqlite-only-in-its-store", "^(node:)?sqlite$", "^src/ledger/sqlite/", "node:sqlite is the store's own"),
    onlyFrom(
      "sockets-only-in-world",
      "^(node:)?(net|tls|dgram|http|https|http2|dns)(/|$)|node_modules/undici/",
      ["^src/world/", takesItsPlace],
      "what is not a pure function comes in through world, so that a rehearsal can replace it",
    ),
    onlyFrom(
      "timers-only-in-world",
      "^(node:)?timers(/|$)",
      ["^src/world/", takesItsPlace],
      "what is not a pure function comes in through world, so that a rehearsal can replace it",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["waybill-source", "import", "node", "types", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
