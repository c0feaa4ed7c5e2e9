// What a page does beside being read: it follows what happens. When something has changed, it asks for itself again, and takes over what differs. Whoever is
// filling in a form is left alone, and told.
/* global Idiomorph */
(() => {
  const main = document.querySelector("main[data-live]");
  const status = document.getElementById("live");
  if (main === null || status === null || typeof EventSource !== "function") return;

  let isAsking = false;
  let isBehind = false;

  const isBusy = () => main.querySelector("details.choice[open]") !== null || document.activeElement?.form != null;

  async function follow() {
    if (document.hidden || isAsking) {
      isBehind = true;
      return;
    }
    if (isBusy()) {
      isBehind = true;
      status.textContent = "Something has changed. It is shown when the form is closed, or the page is loaded again.";
      return;
    }
    isAsking = true;
    isBehind = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      // A form was opened meanwhile.
      if (isBusy()) isBehind = true;
      else if (next !== null) {
        Idiomorph.morph(main, next.innerHTML, {
          morphStyle: "innerHTML",
          callbacks: {
            // What a person has opened stays open.
            beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
            // What is drawn is not in the answer: draw.js draws it from the new numbers.
            beforeNodeMorphed: (node) => !node.classList?.contains("drawn"),
          },
        });
        main.dispatchEvent(new Event("renewed"));
        status.textContent = "";
      }
    } catch {
      status.textContent = "This page could not be brought up to date. It is tried again with the next change.";
    }
    isAsking = false;
    // What changed while it asked may not stand in the answer.
    if (isBehind) void follow();
  }

  const stream = new EventSource(main.dataset.live);
  stream.addEventListener("changed", () => void follow());
  stream.addEventListener("open", () => {
    if (status.dataset.lost !== undefined) void follow();
    delete status.dataset.lost;
  });
  stream.addEventListener("error", () => {
    status.dataset.lost = "";
    status.textContent = "The connection is lost: what you see is as it was then.";
  });
  document.addEventListener("visibilitychange", () => void (isBehind && follow()));
  main.addEventListener("toggle", () => void (isBehind && follow()), true);
})();
