import { Readable } from "node:stream";
import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import { isWithin, literalAddress } from "./addresses.ts";
import { tlsFault } from "./tls-faults.ts";

// One mail over SMTP (RFC 5321), on a connection of its own. As with requests, what counts is the evidence of what was sent: the server asks for the
// letter itself only after it has taken the sender and the recipients, and it is read from here only then. So whatever fails before was certainly not
// sent, what the server answers is its word, and a connection that is lost in between leaves it open.

/** One mail. Addresses may have names: `Waybill <waybill@example.com>`. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `<3f2a.1@waybill>`; the same for the same mail, so that whoever gets it twice can tell. */
  readonly messageId: string;
  /** The first of its thread. */
  readonly inReplyTo?: string | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
}

/** A file that comes with it. */
export interface Attachment {
  readonly filename: string;
  readonly content: string;
  readonly contentType: string;
}

/** `refused`: for good (5xx). `busy`: not now (4xx). `unreachable`: nothing was sent. `in-doubt`: it may have been sent. */
export type MailFailure = "refused" | "busy" | "unreachable" | "in-doubt";

/** Why a mail was not accepted, without a word of what the server's URL keeps secret. */
export class MailError extends Error {
  override readonly name = "MailError";
  readonly kind: MailFailure;
  constructor(kind: MailFailure, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Mailer {
  /**
   * Resolves when the server has accepted the mail for everybody in `to`.
   *
   * @throws {MailError} otherwise, as soon as the signal fires or the deadline is over.
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  /** Ends what is under way. */
  close(): void;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly password: string;
}

/**
 * What sends mail by a server: `smtps://user:password@mail.example.com:465`, or `smtp://…:587`, which is encrypted too (STARTTLS) unless the server is
 * on this machine. Certificates are always checked.
 *
 * @param options.deadlineMs for one mail.
 * @throws {MailError} `refused` when the URL cannot be read.
 * @example await createMailer("smtp://localhost:25").send(mail, AbortSignal.timeout(10_000))
 */
export function createMailer(url: string, { deadlineMs = 30_000 }: { readonly deadlineMs?: number } = {}): Mailer {
  const server = serverOf(url);
  const ended = new AbortController();
  return {
    async send(mail, signal) {
      const stop = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(deadlineMs)]);
      await deliver(server, mail, stop);
    },
    close: () => ended.abort(),
  };
}

function serverOf(text: string): Server {
  const url = URL.parse(text);
  const readable = url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== "";
  if (!readable || url.search !== "" || !/^\/?$/.test(url.pathname)) {
    throw new MailError("refused", "the mail server's URL is none such as smtps://user:password@mail.example.com:465");
  }
  const secure = url.protocol === "smtps:";
  return {
    host: literalAddress(url.hostname) ?? url.hostname,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    user: decoded(url.username),
    password: decoded(url.password),
  };
}

/** A `%` that begins no escape means itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const loopback = ["127.0.0.0/8", "::1"];
/** What stays on this machine is not encrypted: the certificates of servers there are made up. */
const isHere = (host: string): boolean => /^(.+\.)?localhost$/i.test(host) || isWithin(host, loopback);

function connectionOf({ host, port, secure }: Server): SMTPConnectionOptions {
  return {
    host,
    port,
    secure,
    ...(isHere(host) ? { ignoreTLS: true } : { requireTLS: !secure }),
    // Said aloud, for NODE_TLS_REJECT_UNAUTHORIZED would switch it off.
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2" },
    maxResponseSize: 65_536,
    socketCloseTimeout: 1_000,
  };
}

/** @throws {MailError} */
async function deliver(server: Server, mail: Mail, stop: AbortSignal): Promise<void> {
  // Loaded by the first mail, since most start without one.
  const { default: Connection } = await import("nodemailer/lib/smtp-connection");
  const { envelope, letter } = await composed(mail);
  let asked = false;
  const reading = new Readable({
    read() {
      asked = true;
      this.push(letter);
      this.push(null);
    },
  });
  const connection = new Connection(connectionOf(server));
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const onStop = (): void => lost.reject(new Error("it was not done in time, or was stopped from this side"));
  const step = <T>(run: (done: (error?: Error | null, got?: T) => void) => void): Promise<T> => {
    const own = new Promise<T>((resolve, reject) => run((error, got) => (error ? reject(error) : resolve(got as T))));
    return Promise.race([own, lost.promise]);
  };
  connection.on("error", lost.reject);
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  try {
    await step((done) => connection.connect(done));
    const { user, password } = server;
    if (user !== "") await step((done) => connection.login({ user, pass: password }, done));
    const { rejectedErrors = [] } = await step<Rejecting>((done) => connection.send(envelope, reading, done));
    connection.quit();
    if (rejectedErrors.length > 0) throw partly(rejectedErrors, server);
  } catch (error) {
    throw error instanceof MailError ? error : failure(error as SmtpFault, asked, server);
  } finally {
    stop.removeEventListener("abort", onStop);
    connection.close();
  }
}

interface Rejecting {
  readonly rejectedErrors?: readonly SmtpFault[] | undefined;
}

async function composed(mail: Mail) {
  const { default: Composer } = await import("nodemailer/lib/mail-composer");
  const { inReplyTo, to, attachments = [], ...parts } = mail;
  if ([mail.from, ...to].some((address) => /\p{Cc}/u.test(address))) {
    throw new MailError("refused", "an address holds a line break or another control character");
  }
  const letter = new Composer({
    ...parts,
    to: [...to],
    attachments: [...attachments],
    ...(inReplyTo === undefined ? {} : { inReplyTo, references: inReplyTo }),
    // So that nobody's absence answers (RFC 3834, 5).
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: letter.getEnvelope(), letter: await letter.build() };
}

/** What nodemailer knows of a failure. */
interface SmtpFault extends Error {
  readonly code?: string | undefined;
  /** Of the system or of OpenSSL, where `code` is nodemailer's own. */
  readonly originalCode?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

const at = ({ host, port }: Server): string => `the mail server ${host}:${port}`;

function failure(fault: SmtpFault, asked: boolean, server: Server): MailError {
  const { response, responseCode = 0, command, code = "" } = fault;
  if (responseCode >= 400 && responseCode < 600) {
    const words = `${at(server)} answered ${command ?? "it"} with ${response ?? responseCode}`;
    return said(responseCode >= 500 ? "refused" : "busy", words, server);
  }
  // What is wrong here, before anything was sent: an address, a letter that is too long for the server.
  if (!asked && /^(EENVELOPE|EMESSAGE|EAUTH)$/.test(code)) return said("refused", fault.message, server);
  if (asked) return said("in-doubt", `${at(server)} may have the mail, and did not say so: ${fault.message}`, server);
  return said("unreachable", `${at(server)} could not be reached: ${faultText(fault, server)}`, server);
}

function faultText({ originalCode = "", message }: SmtpFault, server: Server): string {
  if (originalCode === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return "it does not begin with TLS, as smtps:// does. With smtp:// it is asked for TLS first";
  }
  return tlsFault(originalCode, at(server))?.replace(" in baseUrl", "") ?? message;
}

/** Some recipients were refused, and the others have the mail. */
function partly(faults: readonly SmtpFault[], server: Server): MailError {
  const forGood = faults.some(({ responseCode = 0 }) => responseCode >= 500);
  const words = faults.map(({ response, message }) => response ?? message).join("; ");
  return said(forGood ? "refused" : "busy", `${at(server)} took the mail for some and not for all: ${words}`, server);
}

const wordsMax = 400;

/** What servers say has any length and form, and some repeat what they were sent. */
function said(kind: MailFailure, words: string, server: Server): MailError {
  const shown = secretsOf(server).reduce((text, one) => text.replaceAll(one, "[hidden]"), words);
  return new MailError(kind, shown.replace(/[\s\p{C}]+/gu, " ").slice(0, wordsMax));
}

/** What the URL keeps secret, in the forms in which it travels, the longest first. */
function secretsOf({ user, password }: Server): readonly string[] {
  const base64 = (text: string): string => Buffer.from(text).toString("base64").replace(/=+$/, "");
  const forms = [user, password].flatMap((text) => [text, base64(text), encodeURIComponent(text)]);
  return [base64(`\0${user}\0${password}`), ...forms]
    .filter(({ length }) => length >= 3)
    .toSorted((a, b) => b.length - a.length);
}
