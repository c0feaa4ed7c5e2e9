import { prettyFactory } from "pino-pretty";

/** A log line for people: the time, the level and the sentence; the rest of the event stands in the JSON form. */
export const pretty: (line: string) => string = prettyFactory({
  colorize: process.stderr.isTTY === true && process.env.NO_COLOR === undefined,
  hideObject: true,
  translateTime: "SYS:HH:MM:ss",
  ignore: "pid,hostname",
});
