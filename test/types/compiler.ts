// The compiler as a user's editor runs it, over files of this repository and over text that stands in a test.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** What the compiler says, by file (relative to the repository). */
export type Complaints = ReadonlyMap<string, readonly string[]>;

/**
 * Compiles `paths` of the repository, and `written` files that stand only in memory, by the repository's own tsconfig.
 *
 * @example compile(["examples/embedded.ts"], { "test/types/mistake.ts": "books.post('/x', {});" })
 */
export function compile(paths: readonly string[], written: Readonly<Record<string, string>> = {}): Complaints {
  const config = ts.readConfigFile(join(repository, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, repository);
  const inMemory = new Map(Object.entries(written).map(([path, text]) => [join(repository, path), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => inMemory.has(path) || fileExists(path);
  host.readFile = (path) => inMemory.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...others) => {
    const text = inMemory.get(path);
    return text === undefined ? getSourceFile(path, version, ...others) : ts.createSourceFile(path, text, version);
  };
  const roots = [...paths.map((path) => join(repository, path)), ...inMemory.keys()];
  const program = ts.createProgram(roots, options, host);
  const complaints = new Map<string, string[]>();
  for (const root of roots) {
    const file = program.getSourceFile(root);
    if (file === undefined) throw new Error(`the compiler does not see ${root}`);
    const said = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    complaints.set(
      root.slice(repository.length),
      said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    );
  }
  return complaints;
}
