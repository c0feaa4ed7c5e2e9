// Mail to a real SMTP server, which answers as it is told.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { createMailer, type Mail, MailError } from "../../src/world/mail.ts";
import { authority, goodCertificate, leafKey } from "./certificates.ts";

const mail: Mail = {
  from: "Waybill <waybill@example.com>",
  to: ["ann@example.com", "bob@example.com"],
  subject: "[critical] orders: 12 records are dead (raised)",
  text: "12 records are dead",
  html: "<p>12 records are dead</p>",
  messageId: "<3f2a.2@waybill>",
  inReplyTo: "<3f2a.1@waybill>",
};

interface Post {
  readonly port: number;
  readonly letters: string[];
  readonly envelopes: { from: string; to: string[]; secure: boolean; user: unknown }[];
  cut(): void;
}

async function post(t: TestContext, options: SMTPServerOptions = {}): Promise<Post> {
  const letters: string[] = [];
  const envelopes: Post["envelopes"] = [];
  const server = new SMTPServer({
    key: leafKey,
    cert: goodCertificate,
    authOptional: true,
    async onData(stream, session, done) {
      letters.push(await text(stream));
      const { mailFrom, rcptTo } = session.envelope;
      envelopes.push({
        from: mailFrom === false ? "" : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        secure: session.secure,
        user: session.user,
      });
      done();
    },
    ...options,
  });
  server.on("error", () => undefined);
  const net = server.listen(0, "127.0.0.1");
  await once(net, "listening");
  t.after(() => new Promise<void>((closed) => server.close(closed)));
  const cut = (): void => {
    for (const one of (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections)
      one._socket.destroy();
  };
  return { port: (net.address() as AddressInfo).port, letters, envelopes, cut };
}

function trust(t: TestContext): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, authority]);
  t.after(() => setDefaultCACertificates(before));
}

const never = new AbortController().signal;
const send = (url: string, one: Mail = mail, signal = never): Promise<void> => createMailer(url).send(one, signal);

async function failed(sent: Promise<void>): Promise<MailError> {
  try {
    await sent;
  } catch (error) {
    assert.ok(error instanceof MailError, String(error));
    return error;
  }
  assert.fail("it was accepted");
}

function coded(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

test("a mail is accepted for all, as text and as HTML, in its thread, and nobody's absence answers it", async (t) => {
  const { port, letters, envelopes } = await post(t);
  await send(`smtp://127.0.0.1:${port}`);
  assert.deepEqual(envelopes, [
    { from: "waybill@example.com", to: ["ann@example.com", "bob@example.com"], secure: false, user: undefined },
  ]);
  const [letter = ""] = letters;
  for (const line of [
    "Subject: [critical] orders: 12 records are dead (raised)",
    "Message-ID: <3f2a.2@waybill>",
    "In-Reply-To: <3f2a.1@waybill>",
    "References: <3f2a.1@waybill>",
    "Auto-Submitted: auto-generated",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Type: text/html; charset=utf-8",
  ]) {
    assert.ok(letter.includes(`${line}\r\n`), line);
  }
});

test("user and password go out encrypted, and only to a server that somebody vouches for", async (t) => {
  const seen: unknown[] = [];
  const { port, envelopes } = await post(t, {
    secure: true,
    onAuth({ username, password }, _session, done) {
      seen.push([username, password]);
      done(null, { user: username });
    },
  });
  const url = `smtps://ann%40example.com:s3cr%3At@localhost:${port}`;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  const { kind, message } = await failed(send(url));
  assert.equal(kind, "unreachable");
  assert.match(message, /authority|certificate/);
  assert.deepEqual(seen, []);
  trust(t);
  await send(url);
  assert.deepEqual(seen, [["ann@example.com", "s3cr:t"]]);
  assert.deepEqual([envelopes[0]?.secure, envelopes[0]?.user], [true, "ann@example.com"]);
});

test("a server elsewhere that offers no encryption gets neither password nor mail", async (t) => {
  let lines = "";
  const server = createServer((socket) => {
    socket.write("220 plain.example.com ESMTP\r\n");
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      lines += chunk;
      socket.write(String(chunk).startsWith("EHLO") ? "250-plain\r\n250 AUTH PLAIN\r\n" : "502 not here\r\n");
    });
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  t.after(() => server.close());
  // An address of this machine that is not loopback by its name.
  const { port } = server.address() as AddressInfo;
  const { kind } = await failed(send(`smtp://ann:s3cret@0.0.0.0:${port}`));
  assert.equal(kind, "refused");
  assert.match(lines, /STARTTLS/);
  assert.doesNotMatch(lines, /AUTH|MAIL FROM/);
});

const refusals: [what: string, kind: MailError["kind"], options: SMTPServerOptions, words: RegExp][] = [
  [
    "every recipient is unknown",
    "refused",
    { onRcptTo: (_to, _session, done) => done(coded(550, "no such mailbox")) },
    /550 no such mailbox/,
  ],
  [
    "one of two recipients is unknown",
    "refused",
    {
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith("bob") ? coded(550, "no bob here") : undefined),
    },
    /for some and not for all.*no bob here/,
  ],
  [
    "the sender may not send",
    "refused",
    { onMailFrom: (_from, _session, done) => done(coded(553, "not yours")) },
    /553 not yours/,
  ],
  [
    "it wants to be asked later",
    "busy",
    { onRcptTo: (_to, _session, done) => done(coded(451, "greylisted")) },
    /451 greylisted/,
  ],
  ["it takes no connections now", "busy", { onConnect: (_session, done) => done(coded(421, "too many")) }, /421/],
  [
    "it has read the mail and calls it spam",
    "refused",
    {
      onData: (stream, _session, done) => void stream.resume().on("end", () => done(coded(554, "spam"))),
    },
    /554 spam/,
  ],
  [
    "it has read the mail and its disk is full",
    "busy",
    {
      onData: (stream, _session, done) => void stream.resume().on("end", () => done(coded(452, "disk full"))),
    },
    /452 disk full/,
  ],
];

for (const [what, kind, options, words] of refusals) {
  test(`a server's no is ${kind} when ${what}`, async (t) => {
    const { port } = await post(t, options);
    const error = await failed(send(`smtp://localhost:${port}`));
    assert.equal(error.kind, kind);
    assert.match(error.message, words);
  });
}

test("a wrong password is refused, and stands in no message in any form, even where the server repeats it", async (t) => {
  const { port } = await post(t, {
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      assert.ok(typeof password === "string");
      const blob = Buffer.from(`\0${username}\0${password}`).toString("base64");
      done(coded(535, `no: ${password} ${Buffer.from(password).toString("base64")} ${blob} ${username}`));
    },
  });
  const { kind, message, stack = "" } = await failed(send(`smtp://mailuser:pa%24%24-w0rd@127.0.0.1:${port}`));
  assert.equal(kind, "refused");
  const forms = ["mailuser", "pa$$-w0rd", "pa%24%24-w0rd", Buffer.from("pa$$-w0rd").toString("base64").slice(0, 10)];
  const blob = Buffer.from("\0mailuser\0pa$$-w0rd").toString("base64").slice(0, 20);
  for (const form of [...forms, blob]) assert.ok(!`${message}${stack}`.includes(form), `${form} in ${message}`);
});

test("nothing was sent where nobody listens, nobody greets, or something else answers", async (t) => {
  const mute = createServer((socket) => void socket.on("error", () => undefined));
  const other = createServer(
    (socket) => void socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  const shut = createServer();
  const ports = [];
  for (const server of [mute, other, shut]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
    t.after(() => server.close());
  }
  shut.close();
  for (const port of ports) {
    const sent = createMailer(`smtp://127.0.0.1:${port}`, { deadlineMs: 500 }).send(mail, never);
    assert.equal((await failed(sent)).kind, "unreachable");
  }
});

test("a mail whose connection is lost before the server says that it has it is in doubt, and it may be there", async (t) => {
  const there: string[] = [];
  const server = await post(t, {
    async onData(stream) {
      there.push(await text(stream));
      server.cut();
    },
  });
  const error = await failed(send(`smtp://127.0.0.1:${server.port}`));
  assert.equal(error.kind, "in-doubt");
  assert.equal(there.length, 1);
});

test("a connection that is lost while recipients are named has sent nothing", async (t) => {
  const server = await post(t, { onRcptTo: () => server.cut() });
  assert.equal((await failed(send(`smtp://127.0.0.1:${server.port}`))).kind, "unreachable");
  assert.deepEqual(server.letters, []);
});

test("it ends when it is stopped: in doubt after the letter, unreachable before it", async (t) => {
  const stop = new AbortController();
  const { port } = await post(t, { onData: (stream) => void stream.resume().on("end", () => stop.abort()) });
  assert.equal((await failed(send(`smtp://127.0.0.1:${port}`, mail, stop.signal))).kind, "in-doubt");
  assert.equal((await failed(send(`smtp://127.0.0.1:${port}`, mail, stop.signal))).kind, "unreachable");
  const closing = createMailer(`smtp://127.0.0.1:${port}`);
  closing.close();
  assert.equal((await failed(closing.send(mail, never))).kind, "unreachable");
});

test("what others wrote adds neither headers nor recipients", async (t) => {
  const { port, letters, envelopes } = await post(t);
  const evil = "x\r\nBcc: eve@example.com\r\n\r\n.\r\nMAIL FROM:<eve@example.com>\r\n";
  await send(`smtp://127.0.0.1:${port}`, { ...mail, subject: evil, text: evil, messageId: `<a${evil}@waybill>` });
  assert.equal(letters.length, 1);
  const [head = ""] = (letters[0] ?? "").split("\r\n\r\n");
  assert.doesNotMatch(head, /^Bcc:/m);
  assert.deepEqual(envelopes[0]?.to, mail.to);
  const to = [`ann@example.com>\r\nRCPT TO:<eve@example.com`];
  await failed(send(`smtp://127.0.0.1:${port}`, { ...mail, to }));
  assert.equal(letters.length, 1);
});

test("a URL that cannot be read is refused without being shown", () => {
  for (const url of ["", "mail.example.com", "https://u:topsecret@mail.example.com", "smtps://u:topsecret@h/?tls=no"]) {
    assert.throws(
      () => createMailer(url),
      (error) => error instanceof MailError && error.kind === "refused" && !/topsecret/.test(String(error.stack)),
    );
  }
});
