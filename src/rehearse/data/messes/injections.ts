import { instead, type Mess, ofText } from "./mess.ts";

/** Text that something later might take for code. It is data, and has to stay that. */
export const injections: readonly Mess[] = [
  ofText("HTML inside", (text) => `${text}<script>alert(1)</script><img src=x onerror=alert(1)>`),
  ofText("SQL inside", (text) => `${text}'; drop table records; --`),
  ofText("a formula of spreadsheets", (text) => `=HYPERLINK("http://example.com/?"&A1,"${text}")`),
  ofText("a formula that begins with a sign", (text) => `@SUM(1+1)*cmd|' /C calc'!A0 ${text}`),
  ofText("a template inside", (text) => `${text} \${7*7} {{7*7}} <%= 7*7 %> #{7*7} %s%n`),
  ofText("a lookup inside", (text) => `\${jndi:ldap://127.0.0.1/${text.slice(0, 20)}}`),
  ofText("a path that climbs", (text) => `../../../../etc/passwd%00${text}`),
  ofText("slashes, question marks and fragments, as in an address", (text) => `${text}/../?admin=true#&x=1;y`),
  ofText("line breaks of headers", (text) => `${text}\r\nX-Injected: yes\r\n\r\n`),
  ofText("quotation marks and backslashes", (text) => `${text}"'\`\\"\\\\`),
  instead("a name that objects have anyway", ["__proto__", "constructor", "toString", "hasOwnProperty"]),
  { words: "an object that looks like a stored date", spoil: () => ({ $date: "2026-02-28T00:00:00.000Z" }) },
  { words: "an operator of a database instead of a value", spoil: () => ({ $gt: "" }) },
];
