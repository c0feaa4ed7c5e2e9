import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, globSync, linkSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import dockerignore from "@balena/dockerignore";
import { type Copy, DockerfileParser, type From, type Instruction } from "dockerfile-ast";
import { type ComponentName, programsOf } from "../../scripts/components.ts";
import { npm } from "../../scripts/pack.ts";

// Carries a Dockerfile out where no engine is: every stage is a folder, which stands for the root of its file system. What is installed by apt has to be one
// of the components that tests can have. An instruction that is not known here fails, so nothing in the file goes unseen.

export interface Image {
  /** Stands for `/`. */
  readonly root: string;
  /** Absolute, in the image. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly ports: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly health: readonly string[];
  /** Left in the image by `chown` for the user that it runs as. */
  readonly owned: readonly string[];
}

interface Stage {
  readonly root: string;
  name: string | undefined;
  workdir: string;
  env: Record<string, string>;
  user: string;
  ports: string[];
  entrypoint: string[];
  cmd: string[];
  health: string[];
  owned: string[];
}

/**
 * @param context the folder that is sent to the builder.
 * @param folder for the stages; they stand beside each other in it.
 */
export function carryOut(context: string, folder: string): Image {
  const file = DockerfileParser.parse(readFileSync(join(context, "Dockerfile"), "utf8"));
  const stages: Stage[] = [];
  for (const one of file.getInstructions()) {
    if (one.getKeyword() === "FROM") stages.push(begin(one as From, join(folder, `stage-${stages.length}`)));
    else step(one, stages.at(-1) as Stage, stages, context);
  }
  return stages.at(-1) as Stage;
}

function begin(from: From, root: string): Stage {
  const image = from.getImage() ?? "";
  if (!/^node:24(-[a-z]+)?$/.test(image)) throw new Error(`the image ${image} is not known here`);
  // As the images of Node have it.
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  mkdirSync(join(root, "usr/bin"));
  link(process.execPath, join(root, "usr/local/bin/node"));
  const fresh = { env: {}, ports: [], entrypoint: [], cmd: [], health: [], owned: [] };
  return { root, name: from.getBuildStage() ?? undefined, workdir: "/", user: "root", ...fresh };
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function step(one: Instruction, stage: Stage, stages: readonly Stage[], context: string): void {
  const words = one.getArguments().map((word) => word.getValue());
  switch (one.getKeyword()) {
    case "WORKDIR":
      stage.workdir = words[0] ?? "/";
      mkdirSync(join(stage.root, stage.workdir), { recursive: true });
      break;
    case "COPY":
      copy(one as Copy, stage, stages, context);
      break;
    case "RUN":
      for (const command of (one.getRawArgumentsContent() ?? "").split("&&")) runs(command.trim().split(/\s+/), stage);
      break;
    case "ENV":
      for (const word of words) stage.env[word.split("=")[0] ?? ""] = word.split("=").slice(1).join("=");
      break;
    case "USER":
      stage.user = words[0] ?? "";
      break;
    case "EXPOSE":
      stage.ports.push(...words);
      break;
    case "ENTRYPOINT":
      stage.entrypoint = listed(one);
      break;
    case "CMD":
      stage.cmd = listed(one);
      break;
    case "HEALTHCHECK":
      stage.health = listed(one);
      break;
    default:
      throw new Error(`${one.getKeyword()} is not known here`);
  }
}

/** The form without a shell is the only one that passes signals on. */
function listed(one: Instruction): string[] {
  const text = one.getRawArgumentsContent() ?? "";
  return JSON.parse(text.slice(text.indexOf("["))) as string[];
}

function copy(one: Copy, stage: Stage, stages: readonly Stage[], context: string): void {
  const words = one.getArguments().map((word) => word.getValue());
  const to = words.at(-1) ?? "";
  const target = to.startsWith("/") ? join(stage.root, to) : join(stage.root, stage.workdir, to);
  const from = one
    .getFlags()
    .find((flag) => flag.getName() === "from")
    ?.getValue();
  const source = from === undefined ? context : stages.find(({ name }) => name === from)?.root;
  if (source === undefined) throw new Error(`there is no stage ${from}`);
  const sent = from === undefined ? notIgnored(context) : () => true;
  for (const word of words.slice(0, -1)) {
    const path = join(source, word);
    const whole = statSync(path).isDirectory() && (words.length === 2 || word === ".");
    cpSync(path, whole ? target : join(target, word), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => sent(relative(source, each)),
    });
  }
}

function notIgnored(context: string): (path: string) => boolean {
  // Its types speak of a module with a default; what is imported is that itself.
  const rules = (dockerignore as unknown as typeof dockerignore.default)().add(
    readFileSync(join(context, ".dockerignore"), "utf8"),
  );
  return (path) => path === "" || !rules.ignores(path);
}

function runs([program = "", ...words]: string[], stage: Stage): void {
  const cwd = join(stage.root, stage.workdir);
  const paths = words.filter((word) => !word.startsWith("-"));
  if (program === "npm") npm(cwd, ...words);
  else if (program === "apt-get") {
    if (paths[0] === "install") for (const name of paths.slice(1)) install(name as ComponentName, stage.root);
  } else if (program === "mkdir") for (const path of paths) mkdirSync(join(cwd, path), { recursive: true });
  else if (program === "chown") stage.owned.push(...paths.slice(1).map((path) => join(cwd, path)));
  else if (program !== "rm") throw new Error(`RUN ${program} is not known here`);
}

function install(name: ComponentName, root: string): void {
  for (const [program, path] of Object.entries(programsOf(name))) copyFileSync(path, join(root, "usr/bin", program));
}

/** A command of the image, as words that this machine can start. */
export function inImage({ root }: Image, [program = "", ...words]: readonly string[]): [string, string[]] {
  const path = program.startsWith("/") ? join(root, program) : join(root, "usr/local/bin", program);
  return [path, words];
}

/** Everything in the image belongs to somebody else than the user that it runs as, or, without root, has lost its permission to be written. */
export function closed(image: Image, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  const root = process.getuid?.() === 0;
  if (!root) spawnSync("chmod", ["-R", "a-w", image.root]);
  for (const path of image.owned) spawnSync(root ? "chown" : "chmod", [root ? `${uid}:${gid}` : "u+w", path]);
}

/** Paths below the image's folder of work, without what npm installed. */
export function filesIn({ root, workdir }: Image): readonly string[] {
  const folder = join(root, workdir);
  return globSync("{*,.*,**/*}", { cwd: folder, exclude: ["node_modules"] }).filter((path) => dirname(path) !== "..");
}
