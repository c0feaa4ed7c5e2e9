// Push: a program of your own hands records in, and need not wait for the other system.
import { atMostOnce, integration, push, system } from "waybill";
import { z } from "zod";

const mail = system("mail-sender", { baseUrl: process.env.MAIL_URL ?? "http://127.0.0.1:9008", timeout: "10s" });

export default integration("welcome-mails", {
  source: push(),
  contract: z.object({ user: z.string().min(1), email: z.email() }),
  identify: ({ user }) => ({ id: user }),
  async deliver({ email }, { effect, uuid }) {
    // Nobody wants to be welcomed twice: when the answer is lost, a person decides.
    await effect(
      "welcome",
      mail.post("/send", { json: { id: uuid("mail"), to: email, template: "welcome" }, idempotency: atMostOnce }),
    );
  },
});
