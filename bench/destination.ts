// A destination as cheap as can be: raw sockets and a fixed answer, in a process of its own, so that what is measured is the sender. Tells its parent its
// port, and when asked how many requests it has answered.
import { createServer, type Socket } from "node:net";

const body = '{"id":"inv_1"}';
const answer = Buffer.from(
  `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
);
const headEnd = Buffer.from("\r\n\r\n");
let answered = 0;

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let kept: Buffer | undefined;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    let rest = kept === undefined ? chunk : Buffer.concat([kept, chunk]);
    for (;;) {
      const head = rest.indexOf(headEnd);
      if (head < 0) break;
      const length = /content-length: *(\d+)/i.exec(rest.toString("latin1", 0, head))?.[1] ?? "0";
      const end = head + headEnd.length + Number(length);
      if (rest.length < end) break;
      rest = rest.subarray(end);
      answered++;
      socket.write(answer);
    }
    kept = rest.length === 0 ? undefined : rest;
  });
}

const server = createServer(serve).listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
process.on("message", () => process.send?.({ answered }));
process.on("disconnect", () => process.exit(0));
