import { spawn } from "node:child_process";

/** Opens an address in the user's browser, where there is one; nobody is told when there is none, because the address is printed anyway. */
export function openBrowser(url: string): void {
  const [program, ...before] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler"]
        : ["xdg-open"];
  spawn(program as string, [...before, url], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
