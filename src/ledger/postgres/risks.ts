import { type Other, reads } from "./other.ts";

/** What the server is set to and could lose, or keep from being read. */
export const risks: Other<"risks"> = reads(async (sql) => {
  const [[standbys, fsync, fullPageWrites] = []] = await sql.rows(
    "select current_setting('synchronous_standby_names'), current_setting('fsync'), current_setting('full_page_writes')",
  );
  return [
    ...(standbys === ""
      ? [
          {
            problem:
              "has no synchronous standby: if its primary is lost with its disk, records that were acknowledged last are lost, and what was done for them may be done again.",
            hint: "Two standbys, and synchronous_standby_names = 'ANY 1 (one, two)' on the primary. Without that, nothing is lost while the primary's disk lasts.",
          },
        ]
      : []),
    ...(fsync === "off" || fullPageWrites === "off"
      ? [
          {
            problem:
              "is on a server where fsync or full_page_writes is off: a power cut may leave nothing of it that can be read.",
            hint: "Leave both on, as they are by default.",
          },
        ]
      : []),
  ];
});
