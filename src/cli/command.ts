import { resolve } from "node:path";
import type { Command } from "commander";
import { assemble } from "../assembly/assemble.ts";
import { type Assembly, ledgerDefault } from "../assembly/assembly.ts";
import { refuseTwoDeclarations, systemsDeclared } from "../define/systems-declared.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { knowSecrets } from "./known-secrets.ts";
import { printJson, redactWith, say, styled } from "./output.ts";
import { loadProject, type Project } from "./project.ts";

/** Exit codes: 0 all well; 1 a promise is broken or the command failed; 2 wrong usage or configuration; 3 a record waits for a person. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface GlobalOptions {
  readonly config?: string;
  readonly ledger?: string;
  readonly json?: boolean;
}

export interface Desk {
  readonly project: Project;
  readonly assembly: Assembly;
  readonly json: boolean;
}

const wrongUsage: ReadonlySet<string> = new Set([
  "bad-definition",
  "bad-configuration",
  "bad-usage",
  "not-available",
  "unknown-integration",
  "ledger-newer",
  "ledger-moved",
  "node-too-old",
  "secret-missing",
  "wrong-key",
]);

/** Runs a command's work, prints what went wrong as one message with its next step, and sets the exit code. */
export async function run(command: Command, work: (options: GlobalOptions) => Promise<ExitCode>): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  try {
    process.exitCode = await work(options);
  } catch (error) {
    process.exitCode = complain(error, options.json === true);
  }
}

export function complain(error: unknown, json: boolean): ExitCode {
  const known = error instanceof WaybillError;
  const code = known ? error.code : "broken-promise";
  if (json)
    printJson({
      error: { code, message: said(error), ...(known && error.hint !== undefined ? { hint: error.hint } : {}) },
    });
  else {
    say(`${styled("red", "✗")} ${said(error)}`);
    if (known && error.hint !== undefined) say(`  ${error.hint}`);
    if (!known && error instanceof Error && error.stack !== undefined) say(error.stack);
  }
  return known && wrongUsage.has(code) ? 2 : 1;
}

export interface WithOptions {
  /** The ledger has to be there already. */
  readonly mustExist?: boolean;
  readonly emit?: (assembly: () => Assembly) => Emit;
}

/** Opens project and ledger for one command, and closes them whatever happens. */
export async function withDesk(
  options: GlobalOptions,
  work: (desk: Desk) => Promise<ExitCode>,
  { mustExist, emit }: WithOptions = {},
): Promise<ExitCode> {
  const project = await loadProject(options.config);
  const assembly = await open(project, options, {
    ...(mustExist === undefined ? {} : { mustExist }),
    ...(emit === undefined ? {} : { emit }),
  });
  try {
    return await work({ project, assembly, json: options.json === true });
  } finally {
    await assembly.stop({ graceMs: 0 });
  }
}

export async function open(
  project: Project,
  options: GlobalOptions,
  { mustExist, emit }: WithOptions = {},
): Promise<Assembly> {
  refuseTwoDeclarations(systemsDeclared());
  const { config } = project;
  const ledger = ledgerAddress(project, options);
  process.chdir(project.folder);
  let assembly: Assembly | undefined;
  assembly = await assemble({
    integrations: project.integrations,
    releases: project.releases,
    ledger,
    ...(config.server === undefined ? {} : { server: config.server }),
    ...(config.alerts === undefined ? {} : { alerts: config.alerts }),
    ...(config.heartbeat === undefined ? {} : { heartbeat: config.heartbeat }),
    ...(config.keep === undefined ? {} : { keep: config.keep }),
    ...(config.calls === undefined ? {} : { calls: config.calls }),
    ...(config.watch === undefined ? {} : { watch: config.watch }),
    ...(config.report === undefined ? {} : { report: config.report }),
    ...(config.release === undefined ? {} : { release: config.release }),
    ...(mustExist === undefined ? {} : { mustExist }),
    ...(emit === undefined ? {} : { emit: emit(() => assembly as Assembly) }),
  });
  knowSecrets(assembly, project);
  redactWith(assembly.secrets.redact);
  return assembly;
}

/** The ledger of a command. */
export function ledgerAddress({ config, folder }: Project, options: GlobalOptions): string {
  return options.ledger === undefined ? (config.ledger ?? ledgerDefault) : fromHere(options.ledger, folder);
}

/** What stands in the configuration is relative to it; what is given on the command line, to where it is given. */
function fromHere(ledger: string, folder: string): string {
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(ledger)?.[1];
  if (path === undefined || process.cwd() === folder || path.startsWith("//")) return ledger;
  return `sqlite:${resolve(path)}`;
}
